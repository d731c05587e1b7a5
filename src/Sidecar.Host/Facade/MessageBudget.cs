using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.IO.Pipelines;
using Grpc.Core;

namespace Sidecar.Host.Facade;

/// <summary>
/// Bounds what the messages of calls take together that memory does not answer at once: a client may announce 4 MiB in each of thousands of
/// calls, send nearly all of it, and never the end.
/// </summary>
internal sealed class MessageBudget
{
    /// <summary>What they may take together, in bytes: twice what reports may take that wait and are on their way.</summary>
    public const long MostBytes = 128 * 1024 * 1024;

    /// <summary>Up to this length the number of calls is bound enough.</summary>
    public const int SmallBytes = 4 * 1024;

    // Whether the message is compressed, and its length.
    private const int HeadBytes = 5;
    private long _taken;

    /// <summary>Takes room for a message, where there is some.</summary>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= MostBytes)
            return true;
        GiveBack(bytes);
        return false;
    }

    /// <summary>Gives it back.</summary>
    public void GiveBack(long bytes) => Interlocked.Add(ref _taken, -bytes);

    /// <summary>Lets a call through, or refuses it.</summary>
    public async Task RunAsync(HttpContext context, RequestDelegate next)
    {
        var bytes = await AnnouncedAsync(context.Request.BodyReader);
        if (bytes <= SmallBytes)
        {
            await next(context);
            return;
        }

        if (!TryTake(bytes))
        {
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["grpc-status"] = ((int)StatusCode.ResourceExhausted).ToString(CultureInfo.InvariantCulture);
            context.Response.Headers["grpc-message"] = "the messages of the calls under way take as much memory as they may together";
            return;
        }

        try
        {
            await next(context);
        }
        finally
        {
            GiveBack(bytes);
        }
    }

    // How long a message says it is. Nothing of it counts as seen; what is wrong with it, or too long, the framework finds and tells.
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
        return BinaryPrimitives.ReadUInt32BigEndian(head[1..]);
    }
}

/// <summary>Wiring of <see cref="MessageBudget"/>.</summary>
internal static class MessageBudgetSetup
{
    /// <summary>Bounds the messages of what passes, but for the standard services, whose first message may come late.</summary>
    public static IApplicationBuilder UseMessageBudget(this IApplicationBuilder app)
    {
        var budget = new MessageBudget();
        return app.Use(next => context => context.Request.Path.Value?.StartsWith("/grpc.", StringComparison.Ordinal) is true
            ? next(context) : budget.RunAsync(context, next));
    }
}
