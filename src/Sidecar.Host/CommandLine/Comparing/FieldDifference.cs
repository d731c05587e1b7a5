namespace Sidecar.Host.CommandLine.Comparing;

/// <summary>A field that two answers to the same question don't agree in.</summary>
/// <param name="Item">The feature or the currency, where it stands in a list; else empty.</param>
/// <param name="Field">The names from the answer down to the field, as in the proto.</param>
/// <param name="Ours">What ours has; null where the field is absent.</param>
/// <param name="Theirs">What theirs has; null where the field is absent.</param>
internal readonly record struct FieldDifference(string Item, string Field, string? Ours, string? Theirs);
