using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.IO.Pipelines;
using Grpc.Core;
using Sidecar.Host.Shutdown;

namespace Sidecar.Host.Facade;

/// <summary>
/// Bounds what the messages of calls take together that memory does not answer at once: a client may announce 4 MiB in each of thousands of
/// calls, send nearly all of it, and never the end. Nor may one connection alone take what the others need.
/// </summary>
internal sealed class MessageBudget
{
    /// <summary>What they may take together, in bytes: twice what reports may take that wait and are on their way.</summary>
    public const long MostBytes = 128 * 1024 * 1024;

    /// <summary>What those of one connection may take of it, in bytes.</summary>
    public const long MostBytesOfOne = MostBytes / 8;

    /// <summary>Up to this length the number of calls is bound enough.</summary>
    public const int SmallBytes = 4 * 1024;

    /// <summary>What a caller is told for whose message there is no room.</summary>
    public const string Refusal = "the messages of the calls under way take as much memory as they may together, or those of this connection do";

    // Whether the message is compressed, and its length.
    private const int HeadBytes = 5;
    private long _taken;

    /// <summary>Takes room for a message, where there is some.</summary>
    /// <param name="bytes">The message's length; up to <see cref="SmallBytes"/> nothing is taken.</param>
    /// <param name="connection">The connection that it comes by; null where that has no share of its own.</param>
    public bool TryTake(long bytes, ClientConnection? connection = null)
    {
        if (bytes <= SmallBytes)
            return true;
        var ofOne = connection?.MessageBytesTaken(bytes) ?? 0;
        if (Interlocked.Add(ref _taken, bytes) <= MostBytes && ofOne <= MostBytesOfOne)
            return true;
        GiveBack(bytes, connection);
        return false;
    }

    /// <summary>Gives it back.</summary>
    /// <inheritdoc cref="TryTake"/>
    public void GiveBack(long bytes, ClientConnection? connection = null)
    {
        if (bytes <= SmallBytes)
            return;
        connection?.MessageBytesTaken(-bytes);
        Interlocked.Add(ref _taken, -bytes);
    }

    /// <summary>Lets a call through, or refuses it.</summary>
    public async Task RunAsync(HttpContext context, RequestDelegate next)
    {
        var bytes = await AnnouncedAsync(context.Request.BodyReader);
        var connection = context.Features.Get<ClientConnection>();
        if (!TryTake(bytes, connection))
        {
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["grpc-status"] = ((int)StatusCode.ResourceExhausted).ToString(CultureInfo.InvariantCulture);
            context.Response.Headers["grpc-message"] = Refusal;
            return;
        }

        try
        {
            await next(context);
        }
        finally
        {
            GiveBack(bytes, connection);
        }
    }

    // How long a message says it is; of a compressed one nobody knows before it is unpacked. Nothing of it counts as seen; what is wrong with it, or too long, the framework finds and tells.
    private static async Task<long> AnnouncedAsync(PipeReader body)
    {
        try
        {
            while (true)
            {
                var read = await body.ReadAsync();
                if (read.Buffer.Length >= HeadBytes)
                {
                    var length = LengthIn(read.Buffer);
                    body.AdvanceTo(read.Buffer.Start);
                    return length <= SidecarApp.MaxMessageBytes ? length : 0;
                }

                body.AdvanceTo(read.Buffer.Start, read.IsCompleted ? read.Buffer.Start : read.Buffer.End);
                if (read.IsCompleted || read.IsCanceled)
                    return 0;
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The framework's read fails as well, and knows what to do then.
            return 0;
        }
    }

    private static uint LengthIn(ReadOnlySequence<byte> body)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        body.Slice(0, HeadBytes).CopyTo(head);
        return head[0] == 0 ? BinaryPrimitives.ReadUInt32BigEndian(head[1..]) : SidecarApp.MaxMessageBytes;
    }
}

/// <summary>Wiring of <see cref="MessageBudget"/>.</summary>
internal static class MessageBudgetSetup
{
    private static readonly string Calls = $"/{Stigg.Sidecar.V1.SidecarService.Descriptor.FullName}/";

    /// <summary>
    /// Bounds the messages of the calls that pass. The standard services take but short ones, and the first of them may come late; what is not there
    /// is refused without a look at its message.
    /// </summary>
    public static IApplicationBuilder UseMessageBudget(this IApplicationBuilder app)
    {
        var budget = app.ApplicationServices.GetRequiredService<MessageBudget>();
        return app.Use(next => context => context.Request.Path.Value?.StartsWith(Calls, StringComparison.Ordinal) is true
            ? budget.RunAsync(context, next) : next(context));
    }
}
