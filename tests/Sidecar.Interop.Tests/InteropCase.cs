using System.Text.Json.Nodes;
using Grpc.Core;
using Sidecar.Emulator.Reports;

namespace Sidecar.Interop.Tests;

/// <summary>One call of a case, and what has to come of it.</summary>
internal sealed record InteropStep
{
    /// <summary>In requests and answers: the customer that is the client's own, so that none sees another one's reports.</summary>
    public const string Customer = "$customer";

    /// <summary>In a request, with a number behind it: a customer about which the cloud answers late, and nobody has asked yet.</summary>
    public const string LateCustomer = "$late";

    /// <summary>The method of the proto.</summary>
    public required string Call { get; init; }

    /// <summary>The request as JSON, which each client reads in its own way; or <see cref="Raw"/>.</summary>
    public string? Request { get; init; }

    /// <summary>The request's bytes, by the customer's id, for what no generated code writes.</summary>
    public Func<string, byte[]>? Raw { get; init; }

    /// <summary>How long the client waits.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The header <c>grpc-timeout</c>, for the client that writes its headers itself; the others derive it from <see cref="Deadline"/>.
    /// </summary>
    public string? TimeoutHeader { get; init; }

    /// <summary>How the request is compressed: <c>gzip</c>, <c>deflate</c>, or null for not at all.</summary>
    public string? Compression { get; init; }

    /// <summary>How many bytes of headers the client says it takes; null for its default.</summary>
    public int? MaxHeaderListBytes { get; init; }

    /// <summary>How large an answer the client takes; null for its default.</summary>
    public int? MaxAnswerBytes { get; init; }

    /// <summary>Whether the client tells of the entitlements in the answer only how many they are.</summary>
    public bool CountOnly { get; init; }

    /// <summary>The status that is expected.</summary>
    public StatusCode Code { get; init; } = StatusCode.OK;

    /// <summary>Words that the status message has to hold.</summary>
    public string? Message { get; init; }

    /// <summary>What the answer has to hold; see <see cref="Expectation"/>.</summary>
    public string? Answer { get; init; }
}

/// <summary>One row of the table: calls in their order, each with its expectation.</summary>
/// <param name="Name">The claim.</param>
/// <param name="Steps">The calls.</param>
internal sealed record InteropCase(string Name, params IReadOnlyList<InteropStep> Steps)
{
    /// <summary>The clients that can't do this, with the reason.</summary>
    public IReadOnlyDictionary<string, string> Without { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The one client that this is for; null for all.</summary>
    public string? Only { get; init; }

    /// <summary>What the cloud has to have counted by then, by its ledger and the client's customer: null, or what is wrong.</summary>
    public Func<UsageLedger, string, string?>? Counted { get; init; }

    /// <summary>Whether a client takes this case.</summary>
    public bool IsFor(string client) => (Only is null || Only == client) && !Without.ContainsKey(client);
}

/// <summary>What a client says of a call.</summary>
/// <param name="Code">The status.</param>
/// <param name="Message">The status message.</param>
/// <param name="Answer">The answer as the client read it.</param>
internal sealed record StepResult(StatusCode Code, string? Message, JsonNode? Answer);
