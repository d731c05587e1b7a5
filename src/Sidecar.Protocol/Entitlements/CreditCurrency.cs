using Google.Protobuf.WellKnownTypes;

namespace Sidecar.Protocol.Entitlements;

/// <summary>A currency that credits are counted in.</summary>
/// <param name="Id">The currency's id (<c>currencyId</c> on the wire).</param>
/// <param name="DisplayName">Its name for people; empty where the cloud gives none.</param>
/// <param name="Description">A longer text, or null.</param>
/// <param name="UnitSingular">Name of one unit, or null.</param>
/// <param name="UnitPlural">Name of several units, or null.</param>
/// <param name="AdditionalMetaData">Free data of the account's own, or null. Shared between answers: never changed.</param>
public sealed record CreditCurrency(
    string Id,
    string DisplayName = "",
    string? Description = null,
    string? UnitSingular = null,
    string? UnitPlural = null,
    Struct? AdditionalMetaData = null);

/// <summary>What one unit of a metered feature costs in credits.</summary>
/// <param name="Amount">Credits a unit.</param>
/// <param name="CurrencyId">The currency of those credits.</param>
public sealed record CreditRate(double Amount, string CurrencyId);
