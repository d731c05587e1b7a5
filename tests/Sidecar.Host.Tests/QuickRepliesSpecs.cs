using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Sidecar.Host.Facade;
using Sidecar.Protocol.Entitlements;
using Stigg.Sidecar.V1;
using Xunit;

namespace Sidecar.Host.Tests;

/// <summary>What is written at once is to the byte what the generated code makes of the reply that is made first.</summary>
public sealed class QuickRepliesSpecs
{
    private static readonly string?[] Texts = [null, "", "a", "Ä", "\ud800", "☂ and 𝄞", new('x', 41), new('x', 42), new('Ä', 42), new('x', 127), new('x', 128), new('x', 20_000)];

    private static readonly double[] Numbers =
        [0, -0.0, 1, -1, 0.1, 5e-324, double.MaxValue, double.NaN, double.PositiveInfinity, double.NegativeInfinity];

    private static readonly DateTimeOffset?[] Dates =
    [
        null, DateTimeOffset.MinValue, DateTimeOffset.MaxValue, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddTicks(-1),
        DateTimeOffset.UnixEpoch.AddTicks(1), new(2026, 1, 2, 5, 0, 0, 123, TimeSpan.FromHours(5)), new(1969, 12, 31, 23, 59, 59, TimeSpan.Zero),
    ];

    private delegate void Write(MessageWriter to, in Answer answer, in EntitlementQuery query);

    [Property(Arbitrary = [typeof(Cases)], MaxTest = 2_000)]
    public void Reply_is_the_same(Case it)
    {
        Same(Replies.Boolean(it.Answer, it.Query), QuickReplies.Boolean);
        Same(Replies.Numeric(it.Answer, it.Query), QuickReplies.Numeric);
        Same(Replies.Metered(it.Answer, it.Query), QuickReplies.Metered);
        Same(Replies.Enum(it.Answer, it.Query), QuickReplies.Enum);
        Same(Replies.Any(it.Answer, it.Query), QuickReplies.Any);
        Same(Replies.AnyV2(it.Answer, it.Query), QuickReplies.AnyV2);

        void Same(IMessage made, Write write) => Written(to => write(to, it.Answer, it.Query)).Should().Equal(made.ToByteArray());
    }

    [Property(Arbitrary = [typeof(Cases)], MaxTest = 500)]
    public void List_is_the_same(Case[] all, AccessDeniedReason? reason)
    {
        var older = new GetEntitlementsResponse { Entitlements = { all.Select(it => Replies.Listed(it.Answer)).OfType<Stigg.Sidecar.V1.Entitlement>() } };
        var list = new GetEntitlementsStateV2Response { Entitlements = { all.Select(it => Replies.EntitlementV2Of(it.Answer)) } };
        if (reason is { } there)
            (older.AccessDeniedReason, list.AccessDeniedReason) = (there, there);

        Written(to => Listed(to, QuickReplies.Listed)).Should().Equal(older.ToByteArray());
        Written(to => Listed(to, QuickReplies.ListedV2)).Should().Equal(list.ToByteArray());

        void Listed(MessageWriter to, WriteEntry write)
        {
            foreach (var it in all)
                write(to, it.Answer);
            QuickReplies.Reason(to, reason);
        }
    }

    [Fact]
    public void Writer_that_is_used_again_begins_anew()
    {
        var writer = new MessageWriter(1);
        writer.String(1, new string('x', 1_000));
        writer.Clear();

        writer.Bool(1, value: true);

        writer.Written.ToArray().Should().Equal(0x08, 0x01);
        writer.Capacity.Should().BeGreaterThan(1_000);
    }

    private delegate void WriteEntry(MessageWriter to, in Answer answer);

    // Small enough to grow in the course of almost any.
    private static byte[] Written(Action<MessageWriter> write)
    {
        var writer = new MessageWriter(1);
        write(writer);
        return writer.Written.ToArray();
    }

    public sealed record Case(Answer Answer, EntitlementQuery Query);

    public static class Cases
    {
        public static Arbitrary<Case> Case() => Gen.Choose(0, int.MaxValue).Select(seed => Made(new Random(seed))).ToArbitrary();

        private static Case Made(Random random)
        {
            var answer = new Answer
            {
                Kind = Any(System.Enum.GetValues<EntitlementKind>()),
                HasAccess = Flag(),
                IsFallback = Flag(),
                AccessDeniedReason = Maybe(Any(System.Enum.GetValues<AccessDeniedReason>())),
                Feature = Flag()
                    ? new FeatureDefinition(Text(), Any(System.Enum.GetValues<FeatureType>()), Any(System.Enum.GetValues<MeterType>()), Flag(), Any(Texts), Any(Texts))
                    : null,
                Currency = Flag() ? new CreditCurrency(Text(), Text(), Any(Texts), Any(Texts), Any(Texts), Flag() ? MetaData() : null) : null,
                UsageLimit = Maybe(Any(Numbers)),
                IsUnlimited = Flag(),
                HasSoftLimit = Maybe(Flag()),
                CurrentUsage = Any(Numbers),
                RequestedUsage = Any(Numbers),
                Remaining = Any(Numbers),
                Value = Maybe(Any<int>([0, 1, -1, 127, 128, int.MinValue, int.MaxValue])),
                EnumValues = Values(),
                ResetPeriod = Maybe(Any(System.Enum.GetValues<EntitlementResetPeriod>())),
                UsagePeriodAnchor = Any(Dates),
                UsagePeriodStart = Any(Dates),
                UsagePeriodEnd = Any(Dates),
            };
            return new Case(answer, new EntitlementQuery(new EntryKey("c"), Text(), Flag() ? EntitlementKind.Credit : EntitlementKind.Unknown, null, Flag() ? Values() : null));

            bool Flag() => random.Next(2) == 1;
            T Any<T>(T[] of) => of[random.Next(of.Length)];
            T? Maybe<T>(T value)
                where T : struct => Flag() ? value : null;
            string Text() => Any(Texts) ?? "b";
            string[] Values() => [.. Enumerable.Range(0, random.Next(4)).Select(_ => Text())];
            Struct MetaData() => new() { Fields = { [Text()] = Value.ForString("text"), ["other"] = Value.ForNumber(1) } };
        }
    }
}
