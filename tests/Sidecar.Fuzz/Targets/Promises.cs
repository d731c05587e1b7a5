using Sidecar.Fuzz.Driver;

namespace Sidecar.Fuzz.Targets;

/// <summary>What several readers promise.</summary>
internal static class Promises
{
    /// <summary>The longest text of a refusal, in characters.</summary>
    public const int LongestRefusal = 1536;

    /// <summary>That something holds.</summary>
    public static void That(bool holds, string otherwise)
    {
        if (!holds)
            throw new BrokenPromiseException(otherwise);
    }

    /// <summary>That a refusal's text fits into a line: bounded, and without control characters.</summary>
    public static void IsLine(string? text, int longest = LongestRefusal)
    {
        if (text is null)
            return;
        if (text.Length == 0 || text.Length > longest)
            throw new BrokenPromiseException($"a refusal has {text.Length} characters, expected 1 to {longest}: {text[..Math.Min(text.Length, 200)]}");
        foreach (var character in text)
        {
            if (char.IsControl(character))
                throw new BrokenPromiseException($"a refusal has the control character {(int)character:x2}: {text}");
        }
    }

    /// <summary>That two ways come to the same bytes.</summary>
    public static void IsSame(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other, string what)
    {
        if (!one.SequenceEqual(other))
            throw new BrokenPromiseException($"{what}: {Convert.ToHexString(one)} is not {Convert.ToHexString(other)}");
    }
}
