using System.Globalization;
using Sidecar.Protocol;

namespace Sidecar.Host.CommandLine.Comparing;

/// <summary>Counts what a comparison finds, from several threads.</summary>
/// <param name="maxDifferences">How many differences are kept to be shown.</param>
internal sealed class Tally(int maxDifferences)
{
    /// <summary>Customers that could not be compared after which it is no use to go on; as many are told.</summary>
    public const int MaxFailures = 10;

    private readonly Lock _lock = new();
    private readonly List<(int Order, Difference Difference)> _differences = [];
    private readonly List<string> _failures = [];
    private readonly SortedDictionary<string, string> _unknownCalls = new(StringComparer.Ordinal);
    private int _differenceCount;
    private int _failureCount;
    private int _questions;
    private int _empty;

    /// <summary>How many could not be compared.</summary>
    public int FailureCount => Volatile.Read(ref _failureCount);

    /// <summary>Counts a question that both sides answered.</summary>
    public void AddQuestion() => Interlocked.Increment(ref _questions);

    /// <summary>Counts a customer or resource of which neither side lists anything.</summary>
    public void AddEmpty() => Interlocked.Increment(ref _empty);

    /// <summary>Keeps what differs.</summary>
    /// <param name="order">Where the customer stands in the list.</param>
    /// <param name="who">The customer.</param>
    /// <param name="question">The question.</param>
    /// <param name="found">What differs in its answers.</param>
    public void AddDifferences(int order, Subject who, Question question, IReadOnlyList<FieldDifference> found)
    {
        lock (_lock)
        {
            _differenceCount += found.Count;
            foreach (var difference in found.Take(maxDifferences - _differences.Count))
            {
                var item = difference.Item.Length > 0 ? difference.Item : question.Item;
                _differences.Add((order, new(who, item, question.Call, difference.Field, difference.Ours, difference.Theirs)));
            }
        }
    }

    /// <summary>Keeps why a customer could not be compared.</summary>
    public void AddFailure(Subject who, Question question, Side side, Reply reply)
    {
        lock (_lock)
        {
            _failureCount++;
            if (_failures.Count < MaxFailures)
            {
                _failures.Add(
                    $"{side.Name} ({side.Address}) did not answer {question.Call} about {Excerpt.Of(who.Customer)}: {reply.Status}: {Excerpt.Of(reply.Detail)}");
            }
        }
    }

    /// <summary>Notes that a side does not know a call, which is not asked again.</summary>
    public void AddUnknownCall(string call, Side side)
    {
        lock (_lock)
            _unknownCalls.TryAdd(call, $"{call} is not compared: {side.Name} ({side.Address}) does not serve it");
    }

    /// <summary>Whether a side does not know a call.</summary>
    public bool IsUnknown(string call)
    {
        lock (_lock)
            return _unknownCalls.ContainsKey(call);
    }

    // Two services that know nobody agree about everybody.
    private IEnumerable<string> NoteOfEmpty(int subjects)
    {
        if (_empty > 0)
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{_empty:N0} of {subjects:N0} have no entitlement on either side: unknown to both, perhaps, or without a subscription");
    }

    /// <summary>What came of it, once all is asked.</summary>
    public CompareResult Result(IReadOnlyList<Subject> subjects, TimeSpan duration) => new()
    {
        Customers = subjects.Count(who => who.Resource is null),
        Resources = subjects.Count(who => who.Resource is not null),
        Questions = _questions,
        Differences = [.. _differences.OrderBy(entry => entry.Order).Select(entry => entry.Difference)],
        DifferenceCount = _differenceCount,
        Failures = _failures,
        FailureCount = _failureCount,
        EmptyCount = _empty,
        Notes = [.. _unknownCalls.Values, .. NoteOfEmpty(subjects.Count)],
        Duration = duration,
    };
}
