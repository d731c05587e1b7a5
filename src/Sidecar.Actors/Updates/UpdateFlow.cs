using Akka;
using Akka.Actor;
using Akka.Streams.Dsl;
using Akka.Util;
using Sidecar.Actors.Metrics;
using Sidecar.Protocol.Cloud;

namespace Sidecar.Actors.Updates;

/// <summary>A message as it came.</summary>
/// <param name="Text">UTF-8 text, good until the next one is asked for.</param>
/// <param name="At">When it came, on the monotonic clock.</param>
internal readonly record struct ReceivedText(ReadOnlyMemory<byte> Text, TimeSpan At);

/// <summary>A message that was read.</summary>
/// <param name="Message">The message.</param>
/// <param name="At">When it came, on the monotonic clock.</param>
internal sealed record Heard(StreamMessage Message, TimeSpan At) : INoSerializationVerificationNeeded;

/// <summary>
/// The receiving side of the stream, in parts. Each takes a message only when the next one asks for it, so that a socket is read no faster
/// than news is applied; and they keep the order.
/// </summary>
internal static class UpdateFlow
{
    /// <summary>Receives, one message at a time and on demand alone. Ends with the socket's own exception.</summary>
    public static Source<ReceivedText, NotUsed> Received(
        IUpdateSocket socket, SocketWatch watch, ProcessClock clock, StreamMetrics metrics, CancellationToken ending)
    {
        return Source.UnfoldAsync(NotUsed.Instance, async state => Option<(NotUsed, ReceivedText)>.Create((state, await ReceiveAsync())));

        async Task<ReceivedText> ReceiveAsync()
        {
            watch.WaitingSince = clock.Uptime;
            var text = await socket.ReceiveAsync(ending);
            watch.WaitingSince = null;
            var now = clock.Now;
            metrics.Received(now.Utc);
            return new ReceivedText(text, now.Uptime);
        }
    }

    /// <summary>
    /// Reads messages. No buffer and no asynchronous boundary may stand between this and <see cref="Received"/>: the text is gone when the
    /// next one is received.
    /// </summary>
    public static Flow<ReceivedText, Heard, NotUsed> Decoded(UpdateDecoder decode) =>
        Flow.Create<ReceivedText>().Select(received => new Heard(decode(received.Text.Span), received.At));

    /// <summary>Has the cloud's pings answered, whatever else is still being applied.</summary>
    public static Flow<Heard, Heard, NotUsed> PingsAnswered(Action answer) => Flow.Create<Heard>().Select(heard =>
    {
        if (heard.Message is StreamMessage.Ping)
            answer();
        return heard;
    });

    /// <summary>
    /// Brings news to the desk, so much at once and no more. A message goes on when it and all before it have been applied; after a failure
    /// none of those under way does.
    /// </summary>
    public static Flow<Heard, Heard, NotUsed> Brought(INewsDesk desk, NewsMetrics metrics)
    {
        return Flow.Create<Heard>().SelectAsync(UpdateSettings.MaxNewsUnderWay, heard =>
        {
            switch (heard.Message)
            {
                case StreamMessage.Told told:
                    return After(desk.BringAsync(told.News), heard);
                case StreamMessage.Unreadable unreadable:
                    metrics[unreadable.Kind, NewsOutcome.Unreadable].Increment();
                    return unreadable.Changed is { } changed ? After(desk.BringAsync(changed), heard) : Task.FromResult(heard);
                default:
                    return Task.FromResult(heard);
            }
        });

        static async Task<Heard> After(Task bringing, Heard heard)
        {
            await bringing;
            return heard;
        }
    }
}
