using Sidecar.Testing;

namespace Sidecar.Interop.Tests.Clients;

/// <summary>gRPC core in Ruby, from Debian's packages.</summary>
internal sealed class RubyClient : ProgramClient
{
    // Debian's own, which is the one that Debian's packages are for.
    private const string Ruby = "/usr/bin/ruby";

    /// <inheritdoc/>
    public override string Name => "ruby";

    /// <inheritdoc/>
    public override string Title => "Ruby";

    /// <inheritdoc/>
    public override string? Missing => InteropClients.MissingOf(
        (Ruby, "ruby"),
        ("/usr/share/doc/ruby-grpc/copyright", "ruby-grpc"),
        ("/usr/share/doc/ruby-google-protobuf/copyright", "ruby-google-protobuf"),
        ("protoc", "protobuf-compiler"),
        ("/usr/include/google/protobuf/empty.proto", "libprotobuf-dev"),
        ("grpc_ruby_plugin", "protobuf-compiler-grpc"));

    /// <inheritdoc/>
    public override string Interpreter => Ruby;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string?> Variables =>
        new Dictionary<string, string?>(StringComparer.Ordinal) { ["RUBYLIB"] = Workshop };

    /// <inheritdoc/>
    protected override string Program => Repository.At("tests", "interop", "ruby", "client.rb");

    /// <inheritdoc/>
    public override Task PrepareAsync() => GenerateAsync("ruby", "grpc_ruby_plugin");
}
