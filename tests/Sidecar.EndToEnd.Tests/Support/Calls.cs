using Google.Protobuf;
using Sidecar.Testing.Http2;
using Stigg.Sidecar.V1;

namespace Sidecar.EndToEnd.Tests.Support;

/// <summary>A question that is sent frame by frame.</summary>
internal static class Calls
{
    /// <summary>The question's method.</summary>
    public const string Path = "/stigg.sidecar.v1.SidecarService/GetMeteredEntitlement";

    /// <summary>The question as it is sent.</summary>
    public static byte[] Question(string customer = Trouble.Customer) =>
        new GetMeteredEntitlementRequest { CustomerId = customer, FeatureId = Trouble.Feature }.ToByteArray();

    /// <summary>Asks.</summary>
    public static Task<Http2Response> AskAsync(this RawHttp2Connection connection, string customer = Trouble.Customer) =>
        connection.CallAsync(Path, Question(customer));

    /// <summary>The answer.</summary>
    public static GetMeteredEntitlementResponse Answer(this Http2Response response) => GetMeteredEntitlementResponse.Parser.ParseFrom(response.Message);
}
