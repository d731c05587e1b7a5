namespace Sidecar.Host.CommandLine.Comparing;

/// <summary>Fields that are not compared, by their names in the proto, with as much of the path before them as is wanted.</summary>
/// <param name="names">Such as <c>units</c>, or <c>feature.units</c>. What lies below a field is left out with it.</param>
internal sealed class IgnoredFields(IReadOnlyList<string> names)
{
    /// <summary>None.</summary>
    public static readonly IgnoredFields None = new([]);

    /// <summary>Whether a field is one of them.</summary>
    /// <param name="path">The names from the answer down to the field, with dots between them.</param>
    public bool Has(string path)
    {
        foreach (var name in names)
        {
            if ($".{path}.".Contains($".{name}.", StringComparison.Ordinal))
                return true;
        }

        return false;
    }
}
