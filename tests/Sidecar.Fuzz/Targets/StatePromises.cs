using Google.Protobuf;
using Sidecar.Host.Facade;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Nodes;
using Sidecar.Protocol.Persistence;
using Stigg.Sidecar.V1;
using Wire = Sidecar.Protocol.Nodes.V1;

namespace Sidecar.Fuzz.Targets;

/// <summary>
/// What holds of any state that a reader has made of outside bytes: every question can be answered from it, both ways of writing an answer write
/// the same, and it comes through Redis and to other nodes as it is.
/// </summary>
internal static class StatePromises
{
    private const int MostEntitlements = 6;
    private static readonly EntryKey Key = new("customer");
    private static readonly EntryKeys Keys = EntryKeys.Of("env", Key)!;

    // The calendar's ends and a day within.
    private static readonly DateTimeOffset[] Instants = [DateTimeOffset.MinValue, new(2026, 10, 15, 12, 0, 0, TimeSpan.Zero), DateTimeOffset.MaxValue];

    [ThreadStatic]
    private static MessageWriter? t_writer;

    /// <summary>Checks it.</summary>
    /// <param name="state">The state.</param>
    /// <param name="which">Any number, which determines the instant that is answered at.</param>
    public static void Check(EntitlementState state, int which)
    {
        CheckAnswers(state, which);
        CheckNodes(state);
        CheckRedis(state);
    }

    /// <summary>Checks that every question can be answered from it.</summary>
    /// <param name="state">The state.</param>
    /// <param name="which">Any number, which determines the instant that is answered at.</param>
    public static void CheckAnswers(EntitlementState state, int which)
    {
        var now = Instants[which % Instants.Length];
        CheckLists(state, now);
        CheckSingle(state, now);
    }

    private static void CheckLists(EntitlementState state, DateTimeOffset now)
    {
        var (older, newer) = (new GetEntitlementsResponse(), new GetEntitlementsStateV2Response());
        for (var i = 0; i < Math.Min(MostEntitlements, state.Count); i++)
        {
            var answer = EntitlementEvaluator.Show(state, i, customer: null, now);
            newer.Entitlements.Add(Replies.EntitlementV2Of(answer));
            if (Replies.Listed(answer) is { } listed)
                older.Entitlements.Add(listed);
        }

        var writer = Writer();
        for (var i = 0; i < newer.Entitlements.Count; i++)
            QuickReplies.ListedV2(writer, EntitlementEvaluator.Show(state, i, customer: null, now));
        Promises.IsSame(writer.Written, newer.ToByteArray(), "the quick list with decisions");
        writer.Clear();
        for (var i = 0; i < newer.Entitlements.Count; i++)
            QuickReplies.Listed(writer, EntitlementEvaluator.Show(state, i, customer: null, now));
        Promises.IsSame(writer.Written, older.ToByteArray(), "the quick list");
    }

    private static void CheckSingle(EntitlementState state, DateTimeOffset now)
    {
        var left = MostEntitlements / 2;
        foreach (var entitlement in state.All())
        {
            if (left-- == 0)
                return;
            var kind = entitlement is Protocol.Entitlements.CreditEntitlement ? EntitlementKind.Credit : EntitlementKind.Unknown;
            var query = new EntitlementQuery(Key, entitlement.Id, kind, RequestedUsage: 1.5);
            var answer = EntitlementEvaluator.Answer(state, state, query, globalFallback: null, now);
            var writer = Writer();
            QuickReplies.AnyV2(writer, answer, query);
            Promises.IsSame(writer.Written, Replies.AnyV2(answer, query).ToByteArray(), "the quick answer");
            Promises.That(EntitlementExplainer.Explain(state, state, query, globalFallback: null, now).Steps.Count > 0, "an explanation has no step");
        }
    }

    private static void CheckNodes(EntitlementState state)
    {
        var sent = NodeStates.Write(state).ToByteArray();
        Promises.That(NodeStates.Read(NodeBytes.Read(Wire.State.Parser, sent)).IsSameAs(state), "another node reads another state than was sent");
    }

    private static void CheckRedis(EntitlementState state)
    {
        var pairs = StoredEntryWriter.Write(Keys, state, StoredChange.All);
        Promises.That(pairs.Count > 0 == StoredEntryWriter.CanBeKept(state), "nothing is written of a state that can be kept");
        if (pairs.Count == 0)
            return;
        var read = StoredPromises.Read(pairs);
        Promises.That(read is not null, "what was written to Redis can't be read");
        var again = StoredEntryWriter.Write(Keys, read!, StoredChange.All);
        Promises.That(again.Count == pairs.Count, $"of {pairs.Count} values in Redis {again.Count} are left after a reading");
        for (var i = 0; i < pairs.Count; i++)
        {
            Promises.That(again[i].Key == pairs[i].Key && again[i].Timestamp == pairs[i].Timestamp, $"{pairs[i].Key} has another name or date after a reading");
            Promises.IsSame(again[i].Value.Span, pairs[i].Value.Span, $"the value of {pairs[i].Key} after a reading");
        }
    }

    private static MessageWriter Writer()
    {
        var writer = t_writer ??= new MessageWriter(4096);
        writer.Clear();
        return writer;
    }
}
