namespace Sidecar.EndToEnd.Tests.StatusPage;

/// <summary>What a person would see of the page.</summary>
/// <param name="Title">The window's title.</param>
/// <param name="State">The verdict.</param>
/// <param name="Causes">The names of its causes.</param>
/// <param name="Old">What it says where it gets no answer; empty where it does.</param>
/// <param name="Aloud">What a screen reader says of itself, whenever it changes.</param>
/// <param name="Charts">The charts, and how many shapes are drawn in each.</param>
/// <param name="Texts">What stands for the charts where nobody sees them.</param>
/// <param name="Empty">Numbers without a text.</param>
/// <param name="TooWide">By how much it is wider than the window.</param>
/// <param name="Strangers">Requests to anybody else.</param>
/// <param name="Complaints">Errors of the page's script and policy.</param>
internal sealed record PageSeen(
    string Title, string State, string[] Causes, string Old, string[] Aloud, Dictionary<string, int> Charts, string[] Texts, string[] Empty, int TooWide,
    string[] Strangers, string[] Complaints);
