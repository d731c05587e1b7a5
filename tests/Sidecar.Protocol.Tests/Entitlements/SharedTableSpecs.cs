using System.Runtime.CompilerServices;
using FluentAssertions;
using Sidecar.Protocol.Entitlements;
using Xunit;

namespace Sidecar.Protocol.Tests.Entitlements;

public class SharedTableSpecs
{
    private const int Capacity = 64;

    private readonly SharedTable<string> _table = new(Capacity);

    [Fact]
    public void Equal_ones_become_one()
    {
        var first = Text("a");

        Of(first).Should().BeSameAs(first);
        Of(Text("a")).Should().BeSameAs(first);
        Of(Text("b")).Should().NotBeSameAs(first);
    }

    [Fact]
    public void Of_more_than_there_is_room_for_the_rest_is_its_own_and_still_right()
    {
        var all = Enumerable.Range(0, 10 * Capacity).Select(i => Of(Text($"{i}"))).ToList();

        all.Select(int.Parse).Should().Equal(Enumerable.Range(0, 10 * Capacity));
        var again = all.Count(known => ReferenceEquals(Of(Text(known)), known));
        again.Should().BeLessThanOrEqualTo(Capacity, "no more than its places are held");
    }

    [Fact]
    public void What_many_have_outlasts_any_number_of_what_came_once()
    {
        var common = Enumerable.Range(0, 8).Select(i => Of(Text($"common {i}"))).ToList();
        var kept = new List<string>();
        for (var i = 0; i < 2_000; i++)
        {
            foreach (var text in common)
                Of(Text(text)).Should().BeSameAs(text);
            kept.Add(Of(Text($"once {i}")));
        }

        GC.KeepAlive(kept);
    }

    [Fact]
    public void What_nobody_uses_any_more_is_not_kept()
    {
        var gone = Fill();

        GC.Collect();

        gone.Count(reference => reference.IsAlive).Should().Be(0);
        var next = Enumerable.Range(0, Capacity / 4).Select(i => Of(Text($"next {i}"))).ToList();
        next.Should().OnlyContain(text => ReferenceEquals(Of(Text(text)), text), "the places are free again");
    }

    [Fact]
    public async Task Whoever_comes_first_of_many_at_once_is_the_one()
    {
        for (var i = 0; i < 200; i++)
        {
            var (number, table) = (i, new SharedTable<string>(Capacity));
            var all = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Of(table, Text($"{number}"), number))));

            all.Should().OnlyContain(text => ReferenceEquals(text, all[0]));
        }
    }

    // The same hash in each run.
    private string Of(string text) => Of(_table, text, text.Aggregate(17, static (hash, letter) => (hash * 31) + letter));

    private static string Of(SharedTable<string> table, string text, int hash)
    {
        var draft = new Draft(text, hash);
        return table.Of(ref draft);
    }

    // Another instance of a text.
    private static string Text(string text) => new(text.AsSpan());

    [MethodImpl(MethodImplOptions.NoInlining)]
    private List<WeakReference> Fill() => [.. Enumerable.Range(0, Capacity).Select(i => new WeakReference(Of(Text($"gone {i}"))))];

    private readonly struct Draft(string text, int hash) : ISharedDraft<string>
    {
        public int Hash => hash;

        public bool IsSameAs(string known) => known == text;

        public string Make() => text;
    }
}
