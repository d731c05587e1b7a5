using Google.Protobuf;
using Grpc.Core;
using Stigg.Sidecar.V1;

namespace Sidecar.Host.CommandLine.Comparing;

/// <summary>Asks both sides about one customer.</summary>
/// <param name="ours">One side.</param>
/// <param name="theirs">The other.</param>
/// <param name="comparer">Finds what differs.</param>
/// <param name="tally">Keeps it.</param>
/// <param name="who">The customer.</param>
/// <param name="order">Where it stands in the list.</param>
internal sealed class SubjectComparison(Side ours, Side theirs, MessageComparer comparer, Tally tally, Subject who, int order)
{
    // Usage moves, and a side may be about to learn of something: what differs is asked again of both. So is one that is just starting.
    private static readonly TimeSpan[] Pauses = [TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(1)];
    private readonly List<(Question Question, IReadOnlyList<FieldDifference> Found)> _different = [];

    /// <summary>Asks all there is to ask.</summary>
    /// <param name="features">The features to ask for; null for those that either side lists.</param>
    public async Task RunAsync(IReadOnlyList<string>? features)
    {
        try
        {
            await AskAllAsync(features);
            await AskAgainAsync();
        }
        catch (NoAnswerException e)
        {
            tally.AddFailure(who, e.Question, e.Side, e.Reply);
        }

        foreach (var (question, found) in _different)
            tally.AddDifferences(order, who, question, found);
    }

    private async Task AskAllAsync(IReadOnlyList<string>? features)
    {
        var listed = Listed(await CompareAsync(Question.Entitlements(who))).Concat(Listed(await CompareAsync(Question.State(who)))).Distinct().ToList();
        if (listed.Count == 0)
            tally.AddEmpty();
        var asked = features?.Distinct().Select(id => new ListKey(ListKey.Feature, id)) ?? listed.Where(key => key.Kind == ListKey.Feature);
        foreach (var key in asked)
        {
            foreach (var type in Types(await CompareAsync(Question.Entitlement(who, key.Id))))
            {
                if (Question.Typed(who, key.Id, type) is { } typed)
                    await CompareAsync(typed);
            }

            await CompareAsync(Question.EntitlementV2(who, key));
        }

        foreach (var key in listed.Where(key => key.Kind == ListKey.Currency))
            await CompareAsync(Question.EntitlementV2(who, key));
    }

    private async Task AskAgainAsync()
    {
        foreach (var pause in Pauses)
        {
            if (_different.Count == 0)
                return;
            await Task.Delay(pause);
            for (var i = _different.Count - 1; i >= 0; i--)
            {
                var question = _different[i].Question;
                if (await AskAsync(question) is not var (left, right) || Compare(left, right) is not { Count: > 0 } found)
                    _different.RemoveAt(i);
                else
                    _different[i] = (question, found);
            }
        }
    }

    // What both answered; null for a call that one of them does not know.
    private async Task<(Reply Ours, Reply Theirs)?> CompareAsync(Question question)
    {
        if (await AskAsync(question) is not var (left, right))
            return null;
        tally.AddQuestion();
        if (Compare(left, right) is { Count: > 0 } found)
            _different.Add((question, found));
        return (left, right);
    }

    private async Task<(Reply Ours, Reply Theirs)?> AskAsync(Question question)
    {
        for (var attempt = 0; ; attempt++)
        {
            if (tally.IsUnknown(question.Call))
                return null;
            var asking = ours.AskAsync(question);
            var right = await theirs.AskAsync(question);
            var left = await asking;
            if (left.IsAnswer && right.IsAnswer)
                return (left, right);
            var (side, reply) = left.IsAnswer ? (theirs, right) : (ours, left);
            if (question.IsRecent && (left.Status == StatusCode.Unimplemented || right.Status == StatusCode.Unimplemented))
                tally.AddUnknownCall(question.Call, left.Status == StatusCode.Unimplemented ? ours : theirs);
            else if (reply.Status != StatusCode.Unavailable || attempt == Pauses.Length)
                throw new NoAnswerException(question, side, reply);
            else
                await Task.Delay(Pauses[attempt]);
        }
    }

    private IReadOnlyList<FieldDifference> Compare(Reply left, Reply right) =>
        left.Status != right.Status ? [new("", "status", left.Status.ToString(), right.Status.ToString())]
        : left.Message is null || right.Message is null ? []
        : comparer.Compare(left.Message, right.Message);

    // Where the two sides don't agree on the type, both calls are worth a look.
    private static IEnumerable<GetEntitlementResponse.EntitlementOneofCase> Types((Reply Ours, Reply Theirs)? pair) =>
        Messages(pair).OfType<GetEntitlementResponse>().Select(answer => answer.EntitlementCase).Distinct();

    private static IEnumerable<ListKey> Listed((Reply Ours, Reply Theirs)? pair) =>
        Messages(pair).SelectMany(Entries).Select(ListKey.Of).Where(key => key.Id.Length > 0);

    private static IEnumerable<IMessage?> Messages((Reply Ours, Reply Theirs)? pair) => pair is { } both ? [both.Ours.Message, both.Theirs.Message] : [];

    private static IEnumerable<IMessage> Entries(IMessage? answer) => answer switch
    {
        GetEntitlementsResponse list => list.Entitlements,
        GetEntitlementsStateV2Response list => list.Entitlements,
        _ => [],
    };

    private sealed class NoAnswerException(Question question, Side side, Reply reply) : Exception
    {
        public Question Question => question;

        public Side Side => side;

        public Reply Reply => reply;
    }
}
