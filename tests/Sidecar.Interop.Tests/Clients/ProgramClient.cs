using System.Text.Json.Nodes;
using Grpc.Core;
using Sidecar.Testing;

namespace Sidecar.Interop.Tests.Clients;

/// <summary>
/// A client that is a program of its own, below <c>tests/interop</c>: it reads the steps from a file and prints a JSON line for each.
/// </summary>
internal abstract class ProgramClient : IInteropClient
{
    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public abstract string Title { get; }

    /// <inheritdoc/>
    public abstract string? Missing { get; }

    /// <summary>The program that runs programs of this language.</summary>
    public abstract string Interpreter { get; }

    /// <summary>The variables by which a program finds the libraries and what <see cref="PrepareAsync"/> made.</summary>
    public abstract IReadOnlyDictionary<string, string?> Variables { get; }

    /// <summary>The program's arguments behind the address and before the file of steps.</summary>
    protected virtual IEnumerable<string> MoreArguments => [];

    /// <summary>The program's file.</summary>
    protected abstract string Program { get; }

    /// <summary>A folder for what is made for this client.</summary>
    protected string Workshop => Directory.CreateDirectory(Repository.At("artifacts", "interop", Name)).FullName;

    /// <summary>Gets what the client needs: generated code, or packages.</summary>
    public abstract Task PrepareAsync();

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StepResult>> TakeAsync(Uri service, IReadOnlyList<PreparedStep> steps)
    {
        await PrepareAsync();
        var file = Path.Combine(Workshop, "steps.json");
        await File.WriteAllTextAsync(file, new JsonArray([.. steps.Select(Written)]).ToJsonString());
        var output = await ChildProcess.SucceedAsync(Interpreter, [Program, service.Authority, .. MoreArguments, file], Variables);
        var results = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();
        return results.Count == steps.Count
            ? [.. results.Select(Read)]
            : throw new InvalidOperationException($"{results.Count} of {steps.Count} steps were told of:\n{output}");
    }

    /// <summary>Generates code from the proto files into the workshop.</summary>
    /// <param name="language">The language, as protoc's option has it.</param>
    /// <param name="plugin">The gRPC plugin.</param>
    protected async Task GenerateAsync(string language, string plugin) => await ChildProcess.SucceedAsync(
        "protoc",
        [
            "-I", Repository.Protos, $"--{language}_out={Workshop}", $"--grpc_out={Workshop}",
            $"--plugin=protoc-gen-grpc={InteropClients.Find(plugin)}", "stigg/sidecar/v1/sidecar.proto",
        ]);

    private static JsonNode Written(PreparedStep prepared)
    {
        var step = prepared.Step;
        var written = new JsonObject
        {
            ["name"] = prepared.Name,
            ["call"] = step.Call,
            ["deadlineMs"] = step.Deadline.TotalMilliseconds,
        };
        if (prepared.Raw is { } raw)
            written["raw"] = Convert.ToBase64String(raw);
        else
            written["request"] = JsonNode.Parse(prepared.Request!);
        if (step.Compression is { } compression)
            written["compression"] = compression;
        if (step.MaxHeaderListBytes is { } headers)
            written["maxHeaderListBytes"] = headers;
        if (step.MaxAnswerBytes is { } answer)
            written["maxAnswerBytes"] = answer;
        if (step.CountOnly)
            written["countOnly"] = true;
        return written;
    }

    // A status is written as gRPC names it: DEADLINE_EXCEEDED.
    private static StepResult Read(JsonNode line) => new(
        Enum.Parse<StatusCode>(line["code"]!.GetValue<string>().Replace("_", "", StringComparison.Ordinal), ignoreCase: true),
        line["message"]?.GetValue<string>(),
        line["answer"]);
}
