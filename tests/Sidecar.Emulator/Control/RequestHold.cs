using System.Collections.Immutable;
using Sidecar.Emulator.Requests;

namespace Sidecar.Emulator.Control;

/// <summary>Where a held request waits.</summary>
public enum HoldPoint
{
    /// <summary>Before the data is read or, by a report, changed: it is answered by what holds when it is let go.</summary>
    BeforeReading,

    /// <summary>
    /// After the data was read or, by a report, changed: it is answered by what held when it arrived, however late that is told.
    /// </summary>
    AfterReading,
}

/// <summary>Keeps requests waiting until it is disposed. What is not held in the end goes on as usual.</summary>
public sealed class RequestHold : IDisposable
{
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ArrivalCount _held = new();
    private readonly Action<RequestHold> _remove;

    internal RequestHold(
        ImmutableArray<RequestTarget> targets, string? customerId, string? resourceId, HoldPoint point, Action<RequestHold> remove) =>
        (Targets, CustomerId, ResourceId, Point, _remove) = (targets, customerId, resourceId, point, remove);

    /// <summary>Where the requests wait.</summary>
    public HoldPoint Point { get; }

    /// <summary>How many requests have come to wait, those that gave up included.</summary>
    public int Held => _held.Value;

    internal ImmutableArray<RequestTarget> Targets { get; }

    internal string? CustomerId { get; }

    internal string? ResourceId { get; }

    /// <summary>Completes when so many requests wait here.</summary>
    public Task WaitUntilHeldAsync(int count, CancellationToken cancellationToken) => _held.WaitAsync(count, cancellationToken);

    /// <summary>Lets the requests go.</summary>
    public void Dispose()
    {
        _remove(this);
        _released.TrySetResult();
    }

    /// <summary>Whether a request waits here.</summary>
    internal bool Fits(RequestSubject subject) =>
        subject.Target is { } target && Targets.Contains(target)
        && (CustomerId is null || CustomerId == subject.CustomerId)
        && (ResourceId is null || ResourceId == subject.ResourceId);

    internal Task PassAsync(CancellationToken cancellationToken)
    {
        _held.Increment();
        return _released.Task.WaitAsync(cancellationToken);
    }
}
