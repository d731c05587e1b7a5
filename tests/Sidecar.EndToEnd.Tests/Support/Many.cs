using Sidecar.Emulator.Data;

namespace Sidecar.EndToEnd.Tests.Support;

/// <summary>Many customers, all like the demo's.</summary>
internal static class Many
{
    private const int AtOnce = 100;

    /// <summary>The data of a cloud with so many.</summary>
    public static EmulatorData Customers(int count)
    {
        var data = EmulatorData.Demo(TimeProvider.System.GetUtcNow());
        var customers = EmulatorData.Map<Customer>().ToBuilder();
        for (var i = 0; i < count; i++)
            customers.Add(Id(i), data.Customers[Trouble.Customer]);
        return data with { Customers = customers.ToImmutable() };
    }

    /// <summary>The id of one of them.</summary>
    public static string Id(int number) => $"customer-{number:D6}";

    /// <summary>Asks about each of the first so many once.</summary>
    public static async Task AskEachAsync(ServiceUnderTest it, int count, bool isEachRead = true) => await Parallel.ForEachAsync(
        Enumerable.Range(0, count),
        new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
        async (i, _) =>
        {
            if ((await Trouble.AskAsync(it, Id(i))).IsFallback && isEachRead)
                throw new InvalidOperationException($"{Id(i)} could not be read");
        });
}
