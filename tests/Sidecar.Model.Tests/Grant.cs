namespace Sidecar.Model.Tests;

/// <summary>
/// What is granted of a feature. The limit is another number each time that the cloud changes something: it tells which set this is.
/// </summary>
/// <param name="Limit">The limit.</param>
/// <param name="Date">Of when this is.</param>
/// <param name="ValidUntil">Up to when it may be relied on, or null.</param>
/// <param name="Use">What is used.</param>
internal sealed record Grant(int Limit, DateTimeOffset Date, DateTimeOffset? ValidUntil, Use Use)
{
    public override string ToString() =>
        $"{Limit}@{Date - VirtualClock.Start}{(ValidUntil is { } until ? $" until {until - VirtualClock.Start}" : "")} used {Use}";
}
