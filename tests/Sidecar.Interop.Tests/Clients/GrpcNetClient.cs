using Grpc.Core;
using Grpc.Net.Client;
using Stigg.Sidecar.V1;

namespace Sidecar.Interop.Tests.Clients;

/// <summary>Grpc.Net.Client, in this process.</summary>
internal sealed class GrpcNetClient : IInteropClient
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(bytes => bytes, bytes => bytes);

    /// <inheritdoc/>
    public string Name => "dotnet";

    /// <inheritdoc/>
    public string Title => "Grpc.Net";

    /// <inheritdoc/>
    public string? Missing => null;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StepResult>> TakeAsync(Uri service, IReadOnlyList<PreparedStep> steps)
    {
        var results = new List<StepResult>();
        foreach (var step in steps)
            results.Add(await TakeAsync(service, step));
        return results;
    }

    private static async Task<StepResult> TakeAsync(Uri service, PreparedStep prepared)
    {
        var step = prepared.Step;
        using var handler = new SocketsHttpHandler { UseProxy = false };
        // In KiB; it is announced to the server.
        if (step.MaxHeaderListBytes is { } headerBytes)
            handler.MaxResponseHeadersLength = headerBytes / 1024;
        var options = new GrpcChannelOptions { HttpHandler = handler };
        if (step.MaxAnswerBytes is { } answerBytes)
            options.MaxReceiveMessageSize = answerBytes;
        using var channel = GrpcChannel.ForAddress(service, options);
        var headers = new Metadata();
        // By this header the library takes its compression for one call.
        if (step.Compression is { } compression)
            headers.Add("grpc-internal-encoding-request", compression);

        var method = new Method<byte[], byte[]>(MethodType.Unary, SidecarService.Descriptor.FullName, step.Call, Bytes, Bytes);
        var deadline = TimeProvider.System.GetUtcNow().UtcDateTime + step.Deadline;
        using var call = channel.CreateCallInvoker().AsyncUnaryCall(
            method, host: null, new CallOptions(headers, deadline), Codec.Request(prepared));
        try
        {
            return new StepResult(StatusCode.OK, null, Codec.Answer(prepared, await call));
        }
        catch (RpcException e)
        {
            return new StepResult(e.StatusCode, e.Status.Detail, null);
        }
    }
}
