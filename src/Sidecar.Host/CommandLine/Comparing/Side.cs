using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Stigg.Sidecar.V1;

namespace Sidecar.Host.CommandLine.Comparing;

/// <summary>One of the two services.</summary>
internal sealed class Side : IDisposable
{
    // Longer than a service that asks the cloud takes.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private readonly GrpcChannel _channel;
    private readonly SidecarService.SidecarServiceClient _client;

    /// <summary>Knows a service; nothing is sent yet.</summary>
    /// <param name="name">What it is to the reader: ours or theirs.</param>
    /// <param name="address">Where it is, as host:port.</param>
    public Side(string name, string address)
    {
        Name = name;
        Address = address;
        _channel = ServiceChannel.To(address);
        _client = new SidecarService.SidecarServiceClient(_channel);
    }

    /// <summary>Ours or theirs.</summary>
    public string Name { get; }

    /// <summary>Where it is.</summary>
    public string Address { get; }

    /// <summary>Asks.</summary>
    public async Task<Reply> AskAsync(Question question)
    {
        try
        {
            var options = new CallOptions(deadline: (TimeProvider.System.GetUtcNow() + Patience).UtcDateTime);
            return new Reply(StatusCode.OK, await question.Ask(_client, options), "", IsFromService: true);
        }
        catch (RpcException e)
        {
            // The client's own statuses have the exception behind them.
            return new Reply(e.StatusCode, null, e.Status.Detail, IsFromService: e.Status.DebugException is null);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _channel.Dispose();
}

/// <summary>What came of a question.</summary>
/// <param name="Status">The call's status.</param>
/// <param name="Message">The answer, or null.</param>
/// <param name="Detail">The text of a status that is not OK.</param>
/// <param name="IsFromService">Whether the service itself gave the status; else the client did, for want of an answer.</param>
internal sealed record Reply(StatusCode Status, IMessage? Message, string Detail, bool IsFromService)
{
    /// <summary>Whether it says something of the question; else it says something of the side alone.</summary>
    public bool IsAnswer => IsFromService && Status is not (StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled
        or StatusCode.ResourceExhausted or StatusCode.Unimplemented or StatusCode.Unauthenticated or StatusCode.PermissionDenied);
}
