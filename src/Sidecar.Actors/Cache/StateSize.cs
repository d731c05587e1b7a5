using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Cache;

/// <summary>Estimates what a state occupies in memory, in bytes, so that the cache can keep to its bound.</summary>
public static class StateSize
{
    private const int StateObjects = 112;
    private const int FeatureObjects = 192 + 96 + 88 + 8;
    private const int CreditObjects = 136 + 96 + 72 + 8;
    private const int CreditRateObject = 40;
    private const int ResetFieldBytes = 8;

    /// <summary>The size of a state.</summary>
    public static long Of(EntitlementState state)
    {
        long size = StateObjects;
        foreach (var feature in state.Features)
        {
            size += FeatureObjects + Of(feature.Id) + Of(feature.Feature.Units) + Of(feature.Feature.UnitsPlural)
                + Of(feature.Feature.DisplayName);
            if (feature.CreditRate is { } rate)
                size += CreditRateObject + Of(rate.CurrencyId);
            foreach (var value in feature.EnumValues)
                size += ResetFieldBytes + Of(value);
        }

        foreach (var credit in state.Credits)
        {
            var currency = credit.Currency;
            size += CreditObjects + Of(currency.Id) + Of(currency.DisplayName) + Of(currency.Description)
                + Of(currency.UnitSingular) + Of(currency.UnitPlural)
                // A tree of messages takes several times its encoded size.
                + (8L * (currency.AdditionalMetaData?.CalculateSize() ?? 0));
        }

        return size;
    }

    /// <summary>The size of a string.</summary>
    public static long Of(string? text) => text is null ? 0 : (22 + (2L * text.Length) + 7) & ~7L;
}
