using Google.Protobuf;
using Grpc.Core;
using Sidecar.Protocol;
using Stigg.Sidecar.V1;

namespace Sidecar.Host.CommandLine.Comparing;

/// <summary>Asks both sides the same, and keeps what differs.</summary>
/// <param name="ours">One side.</param>
/// <param name="theirs">The other.</param>
/// <param name="options">What is asked for.</param>
/// <param name="features">The features to ask for; null for those that either side lists.</param>
internal sealed class Comparison(Side ours, Side theirs, CompareOptions options, IReadOnlyList<string>? features)
{
    private const int MaxFailures = 10;

    // Usage moves, and a side may be about to learn of something: what differs is asked again of both.
    private static readonly TimeSpan[] Pauses = [TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(1)];
    private readonly Lock _lock = new();
    private readonly MessageComparer _comparer = new(options.Ignored);
    private readonly List<(int Order, Difference Difference)> _differences = [];
    private readonly List<string> _failures = [];
    private readonly SortedSet<string> _notes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unknownCalls = new(StringComparer.Ordinal);
    private int _differenceCount;
    private int _failureCount;
    private int _questions;

    /// <summary>Compares.</summary>
    public async Task<CompareResult> RunAsync(IReadOnlyList<Subject> subjects)
    {
        var start = TimeProvider.System.GetTimestamp();
        // The first one alone: a side that is not there is found before everything is asked.
        await SubjectAsync(subjects[0], 0);
        if (_failureCount == 0)
        {
            await Parallel.ForEachAsync(
                Enumerable.Range(1, subjects.Count - 1),
                new ParallelOptions { MaxDegreeOfParallelism = options.Parallel },
                async (i, _) =>
                {
                    if (Volatile.Read(ref _failureCount) < MaxFailures)
                        await SubjectAsync(subjects[i], i);
                });
        }

        return new CompareResult
        {
            Subjects = subjects.Count,
            Questions = _questions,
            Differences = [.. _differences.OrderBy(entry => entry.Order).Select(entry => entry.Difference)],
            DifferenceCount = _differenceCount,
            Failures = _failures,
            FailureCount = _failureCount,
            Notes = [.. _notes],
            Duration = TimeProvider.System.GetElapsedTime(start),
        };
    }

    private async Task SubjectAsync(Subject who, int order)
    {
        // A side that does not answer the first question would keep all the others waiting.
        if (await QuestionAsync(Question.Entitlements(who), who, order) is not { } lists)
            return;
        var state = await QuestionAsync(Question.State(who), who, order);
        var asked = features?.Select(id => new ListKey(ListKey.Feature, id)) ?? Listed(lists).Concat(Listed(state)).Where(key => key.Kind == ListKey.Feature);
        foreach (var key in asked.Distinct().ToList())
        {
            if (await QuestionAsync(Question.Entitlement(who, key.Id), who, order) is { } pair)
            {
                foreach (var typed in Types(pair).Select(type => Question.Typed(who, key.Id, type)).OfType<Question>())
                    await QuestionAsync(typed, who, order);
            }

            await QuestionAsync(Question.EntitlementV2(who, key), who, order);
        }

        foreach (var key in Listed(state).Where(key => key.Kind == ListKey.Currency).Distinct().ToList())
            await QuestionAsync(Question.EntitlementV2(who, key), who, order);
    }

    private async Task<(Reply Ours, Reply Theirs)?> QuestionAsync(Question question, Subject who, int order)
    {
        lock (_lock)
        {
            if (_unknownCalls.Contains(question.Call))
                return null;
        }

        for (var attempt = 0; ; attempt++)
        {
            var asking = ours.AskAsync(question);
            var right = await theirs.AskAsync(question);
            var left = await asking;
            if (question.IsRecent && IsUnknown(question, left, right))
                return null;
            var found = left.IsAnswer && right.IsAnswer ? Compare(left, right) : null;
            if (found is not { Count: 0 } && attempt < Pauses.Length)
            {
                await Task.Delay(Pauses[attempt]);
                continue;
            }

            if (found is null)
            {
                Fail(question, who, left, right);
                return null;
            }

            Keep(question, who, order, found);
            return (left, right);
        }
    }

    private IReadOnlyList<FieldDifference> Compare(Reply left, Reply right) =>
        left.Status != right.Status ? [new("", "status", StatusText(left), StatusText(right))]
        : left.Message is null || right.Message is null ? []
        : _comparer.Compare(left.Message, right.Message);

    private bool IsUnknown(Question question, Reply left, Reply right)
    {
        if (left.Status != StatusCode.Unimplemented && right.Status != StatusCode.Unimplemented)
            return false;
        var side = left.Status == StatusCode.Unimplemented ? ours : theirs;
        lock (_lock)
        {
            _unknownCalls.Add(question.Call);
            _notes.Add($"{question.Call} is not compared: {side.Name} ({side.Address}) does not serve it");
        }

        return true;
    }

    private void Fail(Question question, Subject who, Reply left, Reply right)
    {
        var (side, reply) = left.IsAnswer ? (theirs, right) : (ours, left);
        lock (_lock)
        {
            _failureCount++;
            if (_failures.Count < MaxFailures)
                _failures.Add($"{side.Name} ({side.Address}) did not answer {question.Call} about {Excerpt.Of(who.Customer)}: {StatusText(reply)}: {Excerpt.Of(reply.Detail)}");
        }
    }

    private void Keep(Question question, Subject who, int order, IReadOnlyList<FieldDifference> found)
    {
        lock (_lock)
        {
            _questions++;
            _differenceCount += found.Count;
            foreach (var difference in found.Take(options.MaxDifferences - _differences.Count))
            {
                var item = difference.Item.Length > 0 ? difference.Item : question.Item;
                _differences.Add((order, new(who, item, question.Call, difference.Field, difference.Ours, difference.Theirs)));
            }
        }
    }

    // Where the two sides don't agree on the type, both calls are worth a look.
    private static IEnumerable<GetEntitlementResponse.EntitlementOneofCase> Types((Reply Ours, Reply Theirs) pair) =>
        new[] { pair.Ours.Message, pair.Theirs.Message }.OfType<GetEntitlementResponse>().Select(answer => answer.EntitlementCase).Distinct();

    private static IEnumerable<ListKey> Listed((Reply Ours, Reply Theirs)? pair) => pair is { } both
        ? new[] { both.Ours.Message, both.Theirs.Message }.SelectMany(Entries).Select(ListKey.Of).Where(key => key.Id.Length > 0)
        : [];

    private static IEnumerable<IMessage> Entries(IMessage? answer) => answer switch
    {
        GetEntitlementsResponse list => list.Entitlements,
        GetEntitlementsStateV2Response list => list.Entitlements,
        _ => [],
    };

    private static string StatusText(Reply reply) => reply.Status.ToString();
}
