namespace Sidecar.Fuzz.Driver;

/// <summary>One reader of outside bytes, with what it promises of whatever it is given.</summary>
internal abstract class FuzzTarget
{
    /// <summary>Its name, on the command line and of the folder of its corpus.</summary>
    public abstract string Name { get; }

    /// <summary>The longest input that is made up.</summary>
    public virtual int MaxLength => 4096;

    /// <summary>Words of the format, which mutation puts in.</summary>
    public virtual IReadOnlyList<string> Words => [];

    /// <summary>Words of a binary format.</summary>
    public virtual IReadOnlyList<byte[]> ByteWords => [];

    /// <summary>The most that reading an input and checking the promises may allocate, in bytes.</summary>
    public abstract long AllowedBytes(ReadOnlySpan<byte> input);

    /// <summary>Reads an input and checks the promises. Whatever it throws is a failure.</summary>
    public abstract void Execute(ReadOnlySpan<byte> input);
}
