namespace Sidecar.Bench.Load;

/// <summary>What answers have to be.</summary>
/// <param name="bodies">The gRPC frames of the replies: for each kind of customer those of all calls.</param>
internal sealed class Expectation(byte[][][] bodies)
{
    /// <summary>Whether the whole body has to be right; else its length, since usage changes meanwhile.</summary>
    public bool IsExact { get; init; } = true;

    /// <summary>Whether everybody gets what the first kind of customer gets: from a server that gives constant replies.</summary>
    public bool IsConstant { get; init; }

    /// <summary>The reply to a question.</summary>
    public byte[] Of(Question question) => bodies[IsConstant ? 0 : question.Customer % bodies.Length][question.Call];

    /// <summary>Whether a part of a body is as it has to be.</summary>
    /// <param name="question">What was asked.</param>
    /// <param name="offset">Where in the body the part begins.</param>
    /// <param name="part">The part.</param>
    public bool Fits(Question question, int offset, ReadOnlySpan<byte> part)
    {
        var body = Of(question);
        return part.Length <= body.Length - offset && (!IsExact || part.SequenceEqual(body.AsSpan(offset, part.Length)));
    }

    /// <summary>These, for a server that gives constant replies.</summary>
    public Expectation Constant() => new(bodies) { IsConstant = true };

    /// <summary>These by their lengths alone.</summary>
    public Expectation Lengths() => new(bodies) { IsConstant = IsConstant, IsExact = false };
}
