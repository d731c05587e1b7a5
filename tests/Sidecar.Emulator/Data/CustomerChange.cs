using System.Collections.Immutable;

namespace Sidecar.Emulator.Data;

/// <summary>
/// Dates the changes of customers, as pure functions: every record that leaves here has its dates. A date that a change
/// brings along is kept as it is, so that the past and the future can be played; one that is absent or the same as
/// before counts as not given.
/// </summary>
internal static class CustomerChange
{
    private static readonly TimeSpan UsualAge = TimeSpan.FromDays(45);

    /// <summary>Customers seen for the first time: what they hold has been so since they subscribed.</summary>
    public static EmulatorData First(EmulatorData data, DateTimeOffset now) => data with
    {
        Customers = Each(data.Customers, (_, customer) =>
        {
            var dated = First(customer, DefaultStart(now), now);
            return dated with { Resources = Each(customer.Resources, (_, resource) => First(resource, dated.SubscribedAt!.Value, now)) };
        }),
    };

    /// <summary>A customer that takes the place of another, or of none.</summary>
    public static Customer Replace(Customer? previous, Customer next, DateTimeOffset now)
    {
        var dated = Replace(previous, next, DefaultStart(now), now);
        return dated with
        {
            Resources = Each(next.Resources, (id, resource) =>
            {
                var before = previous?.Resources.GetValueOrDefault(id);
                // One that a change of its customer has left alone keeps its date.
                return ReferenceEquals(before, resource) ? resource : Replace(before, resource, dated.SubscribedAt!.Value, now);
            }),
        };
    }

    /// <summary>Usage that takes the place of another, or of none.</summary>
    public static Usage Replace(Usage? previous, Usage next, DateTimeOffset now)
    {
        if (next.UpdatedAt is not null && next.UpdatedAt != previous?.UpdatedAt)
            return next;
        var unchanged = previous is not null && previous.CurrentUsage.Equals(next.CurrentUsage);
        return next with { UpdatedAt = unchanged ? previous!.UpdatedAt : WireDate.After(previous?.UpdatedAt, now) };
    }

    private static T First<T>(T entitled, DateTimeOffset defaultStart, DateTimeOffset now)
        where T : Entitled
    {
        var start = entitled.SubscribedAt ?? defaultStart;
        return entitled with
        {
            SubscribedAt = start,
            UpdatedAt = entitled.UpdatedAt ?? start,
            Usage = Each(entitled.Usage, (_, usage) => Replace(previous: null, usage, now)),
            CreditUsage = Each(entitled.CreditUsage, (_, usage) => Replace(previous: null, usage, now)),
        };
    }

    private static T Replace<T>(T? previous, T next, DateTimeOffset defaultStart, DateTimeOffset now)
        where T : Entitled => next with
        {
            SubscribedAt = next.SubscribedAt ?? previous?.SubscribedAt ?? defaultStart,
            UpdatedAt = next.UpdatedAt is { } given && given != previous?.UpdatedAt
                ? given
                : WireDate.After(previous?.UpdatedAt, now),
            Usage = Each(next.Usage, (id, usage) => Replace(previous?.Usage.GetValueOrDefault(id), usage, now)),
            CreditUsage = Each(next.CreditUsage, (id, usage) => Replace(previous?.CreditUsage.GetValueOrDefault(id), usage, now)),
        };

    private static DateTimeOffset DefaultStart(DateTimeOffset now) => new((now - UsualAge).UtcDateTime.Date, TimeSpan.Zero);

    private static ImmutableSortedDictionary<string, T> Each<T>(ImmutableSortedDictionary<string, T> map, Func<string, T, T> change)
    {
        var builder = EmulatorData.Map<T>().ToBuilder();
        foreach (var (id, value) in map)
            builder.Add(id, change(id, value));
        return builder.ToImmutable();
    }
}
