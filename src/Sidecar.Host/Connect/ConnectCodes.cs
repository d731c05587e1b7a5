using System.Collections.Frozen;
using Grpc.Core;

namespace Sidecar.Host.Connect;

/// <summary>The names that Connect has for gRPC's codes, and the HTTP statuses that go with them (the Connect protocol, "Error Codes").</summary>
internal static class ConnectCodes
{
    // Nobody has given this status a name in the framework: the client has gone.
    private const int ClientClosedRequest = 499;

    private static readonly FrozenDictionary<StatusCode, (string Name, int HttpStatus)> All = new Dictionary<StatusCode, (string, int)>
    {
        // With one l, other than in gRPC.
        [StatusCode.Cancelled] = ("canceled", ClientClosedRequest),
        [StatusCode.Unknown] = ("unknown", StatusCodes.Status500InternalServerError),
        [StatusCode.InvalidArgument] = ("invalid_argument", StatusCodes.Status400BadRequest),
        [StatusCode.DeadlineExceeded] = ("deadline_exceeded", StatusCodes.Status504GatewayTimeout),
        [StatusCode.NotFound] = ("not_found", StatusCodes.Status404NotFound),
        [StatusCode.AlreadyExists] = ("already_exists", StatusCodes.Status409Conflict),
        [StatusCode.PermissionDenied] = ("permission_denied", StatusCodes.Status403Forbidden),
        [StatusCode.ResourceExhausted] = ("resource_exhausted", StatusCodes.Status429TooManyRequests),
        [StatusCode.FailedPrecondition] = ("failed_precondition", StatusCodes.Status400BadRequest),
        [StatusCode.Aborted] = ("aborted", StatusCodes.Status409Conflict),
        [StatusCode.OutOfRange] = ("out_of_range", StatusCodes.Status400BadRequest),
        [StatusCode.Unimplemented] = ("unimplemented", StatusCodes.Status501NotImplemented),
        [StatusCode.Internal] = ("internal", StatusCodes.Status500InternalServerError),
        [StatusCode.Unavailable] = ("unavailable", StatusCodes.Status503ServiceUnavailable),
        [StatusCode.DataLoss] = ("data_loss", StatusCodes.Status500InternalServerError),
        [StatusCode.Unauthenticated] = ("unauthenticated", StatusCodes.Status401Unauthorized),
    }.ToFrozenDictionary();

    /// <summary>All names.</summary>
    public static IEnumerable<string> Names => All.OrderBy(pair => pair.Key).Select(pair => pair.Value.Name);

    /// <summary>The name and the HTTP status of a code.</summary>
    public static (string Name, int HttpStatus) Of(StatusCode code) => All.TryGetValue(code, out var known) ? known : All[StatusCode.Unknown];
}
