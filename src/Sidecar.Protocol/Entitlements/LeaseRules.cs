namespace Sidecar.Protocol.Entitlements;

/// <summary>What a node was granted, or told later, of an entry that another node owns.</summary>
/// <param name="Owner">Who told it.</param>
/// <param name="State">What is known.</param>
/// <param name="ReadStartedAt">Start of the read that it rests on, on this node's monotonic clock.</param>
/// <param name="Version">Its place in the owner's order.</param>
/// <param name="IsUnconfirmed">Whether the cloud has not confirmed it yet.</param>
public readonly record struct LeasedState(LeaseOwner Owner, EntitlementState State, TimeSpan ReadStartedAt, long Version, bool IsUnconfirmed);

/// <summary>How this node asked for what it was granted.</summary>
/// <param name="Number">The question's place in this node's order.</param>
/// <param name="NodeEpoch">This node's epoch at that time.</param>
/// <param name="AskedAt">That time, on the monotonic clock: from then on the lease counts, which its owner began later.</param>
/// <param name="Length">How long it may be held.</param>
/// <param name="IsOvertaken">Whether news of the entry came since, which the answer may not know.</param>
public readonly record struct LeaseTerms(long Number, long NodeEpoch, TimeSpan AskedAt, TimeSpan Length, bool IsOvertaken);

/// <summary>
/// What a node makes of what owners of entries tell it. Only an answer to a question tells that a state can be trusted, and from when on; what
/// is told unasked replaces the state, and nothing else.
/// </summary>
public static class LeaseRules
{
    // So long a validUntil that has passed is overlooked: the owner has read it again, or can't.
    private static readonly TimeSpan ServeExpired = TimeSpan.FromSeconds(5);

    /// <summary>Takes over what was granted.</summary>
    /// <param name="held">What this node holds, or null.</param>
    /// <param name="granted">What was granted.</param>
    /// <param name="terms">How it was asked for.</param>
    /// <param name="now">The present.</param>
    /// <returns>What to hold from now on, or null: what is held stays.</returns>
    public static EntitlementView? Granted(EntitlementView? held, in LeasedState granted, in LeaseTerms terms, in Moment now)
    {
        var isOfSameOwner = held?.Lease is { Owner: { } owner } && ReferenceEquals(owner, granted.Owner);
        // What this node began to read later is the later one.
        if (held is not null && !isOfSameOwner && held.ReadNumber > terms.Number)
            return null;

        var until = terms.AskedAt + terms.Length;
        var (since, isInvalidated, nodeEpoch, number) = (terms.AskedAt, terms.IsOvertaken, terms.NodeEpoch, terms.Number);
        if (isOfSameOwner && held!.ReadNumber > terms.Number)
        {
            // The answer to a later question was faster.
            (since, until) = (held.Lease!.Since, held.Lease.Until);
            (isInvalidated, nodeEpoch, number) = (held.IsInvalidated, held.NodeEpoch, held.ReadNumber);
        }

        // What was told unasked may have been faster: whoever answered earlier than that knew no more.
        var isNewer = !isOfSameOwner || granted.Version > held!.Lease!.Version;
        var state = isNewer ? granted.State : held!.State;
        var isExpired = state.ValidUntil <= now.Utc;
        return new EntitlementView(
            state,
            isNewer ? granted.ReadStartedAt : held!.ReadStartedAt,
            nodeEpoch,
            number,
            SetNumber(held, state, terms.Number))
        {
            IsInvalidated = isInvalidated,
            IsSetInvalidated = isInvalidated,
            IsUnconfirmed = isNewer ? granted.IsUnconfirmed : held!.IsUnconfirmed,
            ServeExpiredUntil = isExpired ? now.Uptime + ServeExpired : TimeSpan.Zero,
            ServedExpiriesUpTo = isExpired ? now.Utc : DateTimeOffset.MaxValue,
            SetOrigin = Origin.Peer,
            UsageOrigin = Origin.Peer,
            Lease = new Lease(granted.Owner, since, until, isNewer ? granted.Version : held!.Lease!.Version),
        };
    }

    /// <summary>Takes over what was told unasked.</summary>
    /// <param name="held">What this node holds, or null.</param>
    /// <param name="told">What was told.</param>
    /// <param name="number">A number, above all numbers given out before on this node.</param>
    /// <returns>What to hold from now on; null where the entry is not, or no longer, held of that owner.</returns>
    public static EntitlementView? Told(EntitlementView? held, in LeasedState told, long number)
    {
        if (held?.Lease is not { Owner: { } owner } lease || !ReferenceEquals(owner, told.Owner))
            return null;
        if (told.Version <= lease.Version)
            return held;
        var setNumber = SetNumber(held, told.State, number);
        return held with
        {
            State = told.State,
            ReadStartedAt = told.ReadStartedAt,
            SetNumber = setNumber,
            SetBegan = Math.Max(held.SetBegan, setNumber),
            IsUnconfirmed = told.IsUnconfirmed,
            Lease = lease with { Version = told.Version },
        };
    }

    /// <summary>Ends a lease before its time.</summary>
    /// <param name="held">What this node holds, or null.</param>
    /// <param name="owner">Who ends it.</param>
    /// <returns>What to hold from now on, or null: what is held stays.</returns>
    public static EntitlementView? Revoked(EntitlementView? held, LeaseOwner owner) =>
        held is { Lease.Owner: { } granted, IsInvalidated: false } && ReferenceEquals(granted, owner) ? held.Invalidated() : null;

    // A resource's view that was asked for before its customer's set changed is behind.
    private static long SetNumber(EntitlementView? held, EntitlementState state, long number) =>
        held is not null && (ReferenceEquals(held.State, state) || held.State.IsSameSetAs(state)) ? held.SetNumber : number;
}
