namespace Sidecar.Model.Tests;

/// <summary>
/// Something that happens. Its numbers pick among what there is at that time, so that any part of a list of commands can be carried out by
/// itself.
/// </summary>
/// <param name="Kind">What.</param>
/// <param name="Pick">Of which entry, request, or piece of news.</param>
/// <param name="Way">In which way.</param>
internal sealed record Command(CommandKind Kind, int Pick, int Way)
{
    public override string ToString() => $"{Kind}({Pick}, {Way})";
}
