using System.Collections;

namespace Sidecar.Actors.Cache;

/// <summary>
/// Views by customer, for many threads. Who reads takes no lock, makes nothing and sees what was stored last; who writes locks one part.
/// It is flat: a view stands in an array, not behind a node of its own. Beside many updates, the collector looks for what they made in each old
/// object that was written to since, and to find such an object among small ones costs far more than to look into a place of an array. What
/// replaces other views stands together at first for that reason, and not yet in its place, see <see cref="Part"/>.
/// </summary>
/// <param name="firstNumber">The number of the first views that replace others: 1 but in specs.</param>
internal sealed partial class CustomerTable(int firstNumber = 1) : IEnumerable<CustomerViews>
{
    // Each part grows by itself, so that none takes long to.
    private const int Parts = 16;
    private const int SmallestPart = 64;

    private readonly Part[] _parts = [.. Enumerable.Range(0, Parts).Select(_ => new Part(firstNumber))];

    /// <summary>How many places there are for views, with those that are empty: what it takes, for specs.</summary>
    public int Places => _parts.Sum(part => part.Size);

    /// <summary>A customer's views, or null.</summary>
    /// <param name="customerId">The customer.</param>
    public CustomerViews? Find(string customerId)
    {
        var hash = HashOf(customerId);
        return PartOf(hash).Find(customerId, hash);
    }

    /// <summary>Stores a customer's first views; false where there are some.</summary>
    /// <param name="views">The views.</param>
    public bool TryAdd(CustomerViews views)
    {
        var hash = HashOf(views.CustomerId);
        return PartOf(hash).TryAdd(views, hash);
    }

    /// <summary>Replaces exactly the views that are known; false where others are there, or none.</summary>
    /// <param name="views">What is to be stored.</param>
    /// <param name="known">What it follows from, of the same customer.</param>
    public bool TryUpdate(CustomerViews views, CustomerViews known)
    {
        var hash = HashOf(known.CustomerId);
        return PartOf(hash).TryUpdate(views, known, hash);
    }

    /// <summary>Removes exactly these views; false where others are there, or none.</summary>
    /// <param name="known">The views.</param>
    public bool TryRemove(CustomerViews known)
    {
        var hash = HashOf(known.CustomerId);
        return PartOf(hash).TryRemove(known, hash);
    }

    /// <summary>
    /// All views, in no order: each that is there from the beginning to the end once; of what comes, goes or is replaced meanwhile, what is met.
    /// </summary>
    public IEnumerator<CustomerViews> GetEnumerator()
    {
        foreach (var part in _parts)
        {
            foreach (var views in part.All())
                yield return views;
        }
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    // Another one in each process: whoever chooses the ids can't choose where they meet. 0 is that of an empty place.
    private static int HashOf(string customerId) => customerId.GetHashCode(StringComparison.Ordinal) is var hash and not 0 ? hash : 1;

    // By the upper bits; the place in a part is told by the lower ones.
    private Part PartOf(int hash) => _parts[(uint)hash / (uint.MaxValue / Parts + 1)];
}
