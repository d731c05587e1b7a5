using System.Collections.Immutable;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Model.Tests;

/// <summary>Puts what the service says into the words of a run.</summary>
internal static class Seen
{
    /// <summary>What a state says.</summary>
    public static Contents Of(EntitlementState state)
    {
        var grants = ImmutableSortedDictionary.CreateBuilder<string, Grant>(StringComparer.Ordinal);
        foreach (var feature in state.Features)
        {
            var used = feature.Usage;
            grants.Add(feature.Id, new Grant(
                (int)feature.UsageLimit!.Value,
                feature.UpdatedAt!.Value,
                feature.ValidUntil,
                new Use(used.Current, used.UpdatedAt, used.PeriodStart, used.PeriodEnd, used.Reported)));
        }

        return new Contents(state.AccessDeniedReason?.ToString(), grants.ToImmutable());
    }
}
