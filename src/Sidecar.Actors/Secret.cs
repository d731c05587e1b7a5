namespace Sidecar.Actors;

/// <summary>A text that must not be seen: every way of printing it shows a mask.</summary>
public sealed class Secret
{
    private const string Mask = "***";
    private readonly string _value;

    /// <summary>Wraps a secret.</summary>
    public Secret(string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(value);
        _value = value;
    }

    /// <summary>The text itself, for the one place that sends it.</summary>
    public string Reveal() => _value;

    /// <summary>A text of somebody else's, who may have quoted the secret, with the mask in its place.</summary>
    public string MaskedIn(string text) => text.Replace(_value, Mask, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Mask;
}
