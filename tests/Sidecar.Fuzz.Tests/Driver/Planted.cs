using Sidecar.Fuzz.Driver;

namespace Sidecar.Fuzz.Tests.Driver;

/// <summary>A reader with a fault in it.</summary>
internal sealed class Planted(Action<byte[]> read) : FuzzTarget
{
    public override string Name => "planted";

    public override int MaxLength => 64;

    public override long AllowedBytes(ReadOnlySpan<byte> input) => 4096 + (10L * input.Length);

    public override void Execute(ReadOnlySpan<byte> input) => read(input.ToArray());
}
