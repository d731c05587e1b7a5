using System.Collections.Immutable;

namespace Sidecar.Model.Tests;

/// <summary>All that somebody said of an entry at once: what it is entitled to, or why to nothing.</summary>
/// <param name="Reason">Why the whole is denied, in the cloud's word, or null.</param>
/// <param name="Grants">What is granted, by feature.</param>
internal sealed record Contents(string? Reason, ImmutableSortedDictionary<string, Grant> Grants)
{
    /// <summary>The word for a customer that the cloud does not know.</summary>
    public const string NotFound = "CustomerNotFound";

    /// <summary>The word for one that has nothing at present.</summary>
    public const string NoSubscription = "NoActiveSubscription";

    /// <summary>Nothing granted.</summary>
    public static Contents Nothing(string reason) => new(reason, ImmutableSortedDictionary.Create<string, Grant>(StringComparer.Ordinal));

    /// <summary>Whether nothing is granted. Then there is no date.</summary>
    public bool IsEmpty => Grants.IsEmpty;

    /// <summary>Whether the cloud does not know whom it was asked about.</summary>
    public bool IsUnknown => IsEmpty && Reason == NotFound;

    /// <summary>The date of the set: the latest of what it grants.</summary>
    public DateTimeOffset Date => IsEmpty ? DateTimeOffset.UnixEpoch : Grants.Values.Max(grant => grant.Date);

    /// <summary>Up to when all of it may be relied on, or null.</summary>
    public DateTimeOffset? ValidUntil => Grants.Values.Min(grant => grant.ValidUntil);

    /// <summary>Whether two say the same but for what is used.</summary>
    public bool IsSameSetAs(Contents other) => Reason == other.Reason
        && Grants.Select(one => (one.Key, one.Value.Limit, one.Value.Date, one.Value.ValidUntil))
            .SequenceEqual(other.Grants.Select(one => (one.Key, one.Value.Limit, one.Value.Date, one.Value.ValidUntil)));

    /// <summary>Whether this is of an older date than another one and lacks something that it has.</summary>
    public bool IsOlderByLossThan(Contents known) => Date < known.Date && known.Grants.Keys.Any(id => !Grants.ContainsKey(id));

    /// <summary>Whether both say the same, whoever told what is used.</summary>
    public bool SaysWhat(Contents other) => IsSameSetAs(other)
        && Grants.Values.Zip(other.Grants.Values, (one, two) => one.Use == two.Use with { IsReported = one.Use.IsReported }).All(same => same);

    /// <summary>The same with another use of one feature.</summary>
    public Contents With(string feature, Use use) => this with { Grants = Grants.SetItem(feature, Grants[feature] with { Use = use }) };

    public bool Equals(Contents? other) => other is not null && Reason == other.Reason && Grants.SequenceEqual(other.Grants);

    public override int GetHashCode() => HashCode.Combine(Reason, Grants.Count);

    public override string ToString() => Reason ?? string.Join(", ", Grants.Select(one => $"{one.Key} {one.Value}"));
}
