using System.Collections.Immutable;

namespace Sidecar.Emulator.Data;

/// <summary>Whoever can be entitled: a customer, or a resource of one.</summary>
public abstract record Entitled
{
    /// <summary>The plan subscribed to; none: no active subscription, and only what is granted here.</summary>
    public string? Plan { get; init; }

    /// <summary>Start of the subscription, from which usage periods are counted. Not given: 45 days before it was first seen.</summary>
    public DateTimeOffset? SubscribedAt { get; init; }

    /// <summary>When the set of entitlements last changed. Not given, or unchanged: a change sets it.</summary>
    public DateTimeOffset? UpdatedAt { get; init; }

    /// <summary>Grants beside or above the plan's, by feature.</summary>
    public ImmutableSortedDictionary<string, Grant> Entitlements { get; init; } = EmulatorData.Map<Grant>();

    /// <summary>Credits beside or above the plan's, by currency.</summary>
    public ImmutableSortedDictionary<string, CreditGrant> Credits { get; init; } = EmulatorData.Map<CreditGrant>();

    /// <summary>Usage by feature.</summary>
    public ImmutableSortedDictionary<string, Usage> Usage { get; init; } = EmulatorData.Map<Usage>();

    /// <summary>Used credits by currency.</summary>
    public ImmutableSortedDictionary<string, Usage> CreditUsage { get; init; } = EmulatorData.Map<Usage>();
}

/// <summary>A customer.</summary>
public sealed record Customer : Entitled
{
    /// <summary>Whether the customer was archived.</summary>
    public bool Archived { get; init; }

    /// <summary>Its resources by id.</summary>
    public ImmutableSortedDictionary<string, Resource> Resources { get; init; } = EmulatorData.Map<Resource>();
}

/// <summary>A resource of a customer, with a subscription and usage of its own.</summary>
public sealed record Resource : Entitled;

/// <summary>What was used.</summary>
public sealed record Usage
{
    /// <summary>The amount.</summary>
    public required double CurrentUsage { get; init; }

    /// <summary>When it last changed. Not given, or unchanged: a change of the amount sets it.</summary>
    public DateTimeOffset? UpdatedAt { get; init; }

    /// <summary>What periods are counted from, in the place of the start of the subscription.</summary>
    public DateTimeOffset? PeriodAnchor { get; init; }

    /// <summary>Start of the period, told as it stands here instead of a computed one.</summary>
    public DateTimeOffset? PeriodStart { get; init; }

    /// <summary>End of the period, told as it stands here instead of a computed one: it may be over.</summary>
    public DateTimeOffset? PeriodEnd { get; init; }
}
