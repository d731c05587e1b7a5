using Sidecar.Testing;

namespace Sidecar.Interop.Tests.Clients;

/// <summary>gRPC core in Python, from Debian's packages.</summary>
internal sealed class PythonClient : ProgramClient
{
    // Debian's own, which is the one that Debian's packages are for.
    private const string Python = "/usr/bin/python3";
    private const string Packages = "/usr/lib/python3/dist-packages";

    /// <inheritdoc/>
    public override string Name => "python";

    /// <inheritdoc/>
    public override string Title => "Python";

    /// <inheritdoc/>
    public override string? Missing => InteropClients.MissingOf(
        (Python, "python3"),
        ($"{Packages}/grpc/__init__.py", "python3-grpcio"),
        ($"{Packages}/google/protobuf/__init__.py", "python3-protobuf"),
        ("protoc", "protobuf-compiler"),
        ("/usr/include/google/protobuf/empty.proto", "libprotobuf-dev"),
        ("grpc_python_plugin", "protobuf-compiler-grpc"));

    /// <inheritdoc/>
    public override string Interpreter => Python;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string?> Variables =>
        new Dictionary<string, string?>(StringComparer.Ordinal) { ["PYTHONPATH"] = Workshop, ["PYTHONDONTWRITEBYTECODE"] = "1" };

    /// <inheritdoc/>
    protected override string Program => Repository.At("tests", "interop", "python", "client.py");

    /// <inheritdoc/>
    public override Task PrepareAsync() => GenerateAsync("python", "grpc_python_plugin");
}
