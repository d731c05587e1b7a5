using System.Text;
using FluentAssertions;
using FsCheck.Xunit;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;
using StreamReader = Sidecar.Protocol.Cloud.StreamReader;

namespace Sidecar.Protocol.Tests.Cloud;

public sealed partial class StreamReaderSpecs
{
    private static readonly Lazy<byte[][]> AllSound = new(() =>
    [
        .. new[]
        {
            Envelope(1, DataOf("usageUpdatedV2", Usage())),
            Envelope(0, $$"""{"data":{{EntitlementsData($"[{Feature},{Credit}]", "null")}}}"""),
            Envelope(2, DataOf("packagePublished", """{"migrationType":"NEW_CUSTOMERS"}""")),
            Envelope(0, """[{"message":"boom","extensions":{"code":"c"}}]""", "error"),
            """{"type":"connection_ack","payload":{"a":[1,2,{"b":null}]}}""",
        }.Select(Encoding.UTF8.GetBytes),
    ]);

    private static byte[][] Sound => AllSound.Value;

    [Property(MaxTest = 1000)]
    public void Any_bytes_at_all_are_a_message_or_an_unreadable_one(byte[] message) => HoldsTogether(StreamReader.Read(message));

    [Property(MaxTest = 2000)]
    public void Any_damage_to_a_sound_message_is_survived(uint which, uint position, byte damage)
    {
        var message = Sound[which % Sound.Length].ToArray();
        message[position % message.Length] = damage;

        HoldsTogether(StreamReader.Read(message));
    }

    [Property(MaxTest = 2000)]
    public void Any_cut_and_any_repetition_within_a_sound_message_is_survived(uint which, uint from, uint length, bool isCut)
    {
        var sound = Sound[which % Sound.Length];
        var start = (int)(from % sound.Length);
        var end = Math.Min(sound.Length, start + (int)(length % 64));
        byte[] message = isCut ? [.. sound[..start], .. sound[end..]] : [.. sound[..end], .. sound[start..]];

        HoldsTogether(StreamReader.Read(message));
    }

    [Property(MaxTest = 2000)]
    public void Any_value_in_the_place_of_another_is_survived(uint which, uint position, byte other)
    {
        string[] values = ["null", "0", "-1e999", "\"\\u0000\"", "\"\\udc00\"", "[[[]]]", "{}", "true", "\"\"", "\"ALL\"", "1e-400"];
        var text = Encoding.UTF8.GetString(Sound[which % Sound.Length]);
        var colons = Enumerable.Range(0, text.Length).Where(i => text[i] == ':').ToArray();
        var colon = colons[position % colons.Length];
        var end = text.AsSpan(colon).IndexOfAny(',', '}', ']') + colon;

        HoldsTogether(Read(text[..(colon + 1)] + values[other % values.Length] + text[end..]));
    }

    // What the actors on top rely on, whatever came.
    private static void HoldsTogether(StreamMessage message)
    {
        switch (message)
        {
            case StreamMessage.Unreadable unreadable:
                unreadable.Fault.Should().NotBeNullOrWhiteSpace();
                unreadable.Fault.Length.Should().BeLessThan(200);
                unreadable.Changed?.Kind.Should().Be(unreadable.Kind);
                if (unreadable.Changed is EntryNews changed)
                    HoldsTogether(changed, unreadable.Kind);
                break;
            case StreamMessage.Told { News: UsageSet set }:
                HoldsTogether(set, set.Kind);
                set.Usage.Of.Id.Should().NotBeNullOrWhiteSpace();
                double.IsFinite(set.Usage.Usage.Current).Should().BeTrue();
                set.Usage.Usage.UpdatedAt.Should().BeAfter(DateTimeOffset.UnixEpoch);
                break;
            case StreamMessage.Told { News: EntitlementsReplaced set }:
                HoldsTogether(set, NewsKind.Entitlements);
                (set.Set.IsEmpty ? set.Set.AccessDeniedReason is not null : set.Set.UpdatedAt > DateTimeOffset.UnixEpoch).Should().BeTrue();
                break;
        }
    }

    private static void HoldsTogether(EntryNews news, NewsKind kind)
    {
        news.Kind.Should().Be(kind);
        news.Key.CustomerId.Should().NotBeNullOrWhiteSpace();
        news.Key.ResourceId.Should().NotBe("");
    }
}
