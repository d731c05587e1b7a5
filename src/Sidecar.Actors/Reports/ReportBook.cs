using System.Diagnostics.CodeAnalysis;
using Akka.Actor;

namespace Sidecar.Actors.Reports;

/// <summary>A report that was accepted.</summary>
/// <param name="Message">What was asked for.</param>
/// <param name="ReplyTo">Who waits for the result.</param>
/// <param name="DueAt">When it has to be on its way, on the monotonic clock.</param>
internal sealed record AcceptedReport(SendReport Message, IActorRef ReplyTo, TimeSpan DueAt);

/// <summary>
/// The reports that were accepted and have not ended: those that wait, in the order of their coming, and those on their way. It outlives a
/// crash of the actor that it belongs to, since their callers wait for them; nobody else touches it.
/// </summary>
internal sealed class ReportBook
{
    private readonly LinkedList<AcceptedReport> _waiting = [];
    private readonly Dictionary<long, LinkedListNode<AcceptedReport>> _byNumber = [];
    private readonly Dictionary<long, AcceptedReport> _underWay = [];
    private long _bytes;

    /// <summary>How many wait.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>How many are on their way.</summary>
    public int UnderWay => _underWay.Count;

    /// <summary>When the first of those that wait has to be on its way; null where none waits.</summary>
    public TimeSpan? NextDueAt => _waiting.First?.Value.DueAt;

    /// <summary>Lets a report wait; false where there is no room.</summary>
    public bool TryAdd(AcceptedReport report)
    {
        var bytes = report.Message.Body.Length;
        // One report alone always has room, however large.
        var isAlone = _waiting.Count + _underWay.Count == 0;
        if (_waiting.Count >= ReportSettings.MaxQueued || (!isAlone && _bytes + bytes > ReportSettings.MaxBytes))
            return false;
        _byNumber.Add(report.Message.Number, _waiting.AddLast(report));
        _bytes += bytes;
        return true;
    }

    /// <summary>Takes the next report, which is on its way from now on, where there is a place for it.</summary>
    public bool TryBegin([NotNullWhen(true)] out AcceptedReport? report)
    {
        report = _underWay.Count < ReportSettings.MaxConcurrent ? _waiting.First?.Value : null;
        if (report is null)
            return false;
        // Its bytes are held until it ends.
        Unlist(report.Message.Number);
        _underWay.Add(report.Message.Number, report);
        return true;
    }

    /// <summary>Notes the end of a report that was on its way.</summary>
    public void End(AcceptedReport report)
    {
        if (_underWay.Remove(report.Message.Number))
            _bytes -= report.Message.Body.Length;
    }

    /// <summary>Takes out one that waits; null where it does not.</summary>
    public AcceptedReport? Remove(long number)
    {
        var report = Unlist(number);
        _bytes -= report?.Message.Body.Length ?? 0;
        return report;
    }

    /// <summary>Takes out those that should have been on their way by now.</summary>
    public IEnumerable<AcceptedReport> TakeDue(TimeSpan now)
    {
        while (_waiting.First?.Value is { } first && first.DueAt <= now)
            yield return Remove(first.Message.Number)!;
    }

    /// <summary>Takes out all that wait.</summary>
    public IEnumerable<AcceptedReport> TakeWaiting() => TakeDue(TimeSpan.MaxValue);

    /// <summary>Those on their way.</summary>
    public IEnumerable<AcceptedReport> OnTheirWay => _underWay.Values;

    /// <summary>Takes out all that are on their way.</summary>
    public IReadOnlyList<AcceptedReport> TakeUnderWay()
    {
        var all = _underWay.Values.ToList();
        all.ForEach(End);
        return all;
    }

    private AcceptedReport? Unlist(long number)
    {
        if (!_byNumber.Remove(number, out var node))
            return null;
        _waiting.Remove(node);
        return node.Value;
    }
}
