using Sidecar.Testing;

namespace Sidecar.Interop.Tests.Clients;

/// <summary><c>@grpc/grpc-js</c>, gRPC in JavaScript on Node's own HTTP/2.</summary>
internal sealed class NodeClient : ProgramClient
{
    /// <summary>Its name.</summary>
    public const string Key = "node";

    private static readonly string[] Manifests = ["package.json", "package-lock.json"];

    /// <inheritdoc/>
    public override string Name => Key;

    /// <inheritdoc/>
    public override string Title => "grpc-js";

    /// <inheritdoc/>
    public override string? Missing => InteropClients.MissingOf(("node", "nodejs"), ("npm", "npm"));

    /// <inheritdoc/>
    public override string Interpreter => "node";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string?> Variables =>
        new Dictionary<string, string?>(StringComparer.Ordinal) { ["NODE_PATH"] = Path.Combine(Workshop, "node_modules") };

    /// <inheritdoc/>
    protected override string Program => Repository.At("tests", "interop", "node", "client.js");

    /// <inheritdoc/>
    protected override IEnumerable<string> MoreArguments => [Repository.Protos];

    /// <summary>Installs the packages of the lock file, unless they are those that are installed.</summary>
    public override async Task PrepareAsync()
    {
        var folder = Repository.At("tests", "interop", "node");
        var wanted = await File.ReadAllTextAsync(Path.Combine(folder, "package-lock.json"));
        var stamp = Path.Combine(Workshop, "installed.json");
        if (File.Exists(stamp) && await File.ReadAllTextAsync(stamp) == wanted)
            return;
        foreach (var manifest in Manifests)
            File.Copy(Path.Combine(folder, manifest), Path.Combine(Workshop, manifest), overwrite: true);
        await ChildProcess.SucceedAsync("npm", ["ci", "--prefix", Workshop, "--ignore-scripts", "--no-audit", "--no-fund"], folder: Workshop);
        await File.WriteAllTextAsync(stamp, wanted);
    }
}
