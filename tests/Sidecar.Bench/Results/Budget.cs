using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sidecar.Bench.Results;

/// <summary>What does not depend on how busy a machine is: what a call allocates, and what a customer takes in memory.</summary>
/// <param name="Tolerance">How much more is let pass, as a share.</param>
/// <param name="HeapBytesACustomer">The live heap of the service, by its customers.</param>
/// <param name="AllocatedBytesACall">What the whole service, server included, allocates for a call, by its kind.</param>
internal sealed record Budget(double Tolerance, double HeapBytesACustomer, IReadOnlyDictionary<string, double> AllocatedBytesACall)
{
    /// <summary>The variable that has the file written anew.</summary>
    public const string UpdateVariable = "UPDATE_BUDGET";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Reads the file.</summary>
    public static Budget Parse(string json) => JsonSerializer.Deserialize<Budget>(json, Json) ?? throw new JsonException("the budget is null");

    /// <summary>As the file has it: whole bytes.</summary>
    public string ToJson() => JsonSerializer.Serialize(
        this with
        {
            HeapBytesACustomer = Math.Round(HeapBytesACustomer),
            AllocatedBytesACall = AllocatedBytesACall.ToDictionary(pair => pair.Key, pair => Math.Round(pair.Value), StringComparer.Ordinal),
        },
        Json) + "\n";

    /// <summary>What of a measurement is over this budget, and by how much; nothing where all is within.</summary>
    public IReadOnlyList<string> Exceeded(double heapBytesACustomer, IReadOnlyDictionary<string, double> allocatedBytesACall) =>
    [
        .. Over("heap bytes a customer", HeapBytesACustomer, heapBytesACustomer),
        .. allocatedBytesACall.SelectMany(pair => AllocatedBytesACall.TryGetValue(pair.Key, out var allowed)
            ? Over($"allocated bytes a call, {pair.Key}", allowed, pair.Value)
            : [$"allocated bytes a call, {pair.Key}: {pair.Value:#,0}, but the budget does not have it"]),
    ];

    private IEnumerable<string> Over(string what, double allowed, double measured) => measured <= allowed * (1 + Tolerance)
        ? []
        : [string.Create(CultureInfo.InvariantCulture,
            $"{what}: {measured:#,0}, {(measured / allowed) - 1:P0} more than the {allowed:#,0} of the budget; {Tolerance:P0} more is let pass")];
}
