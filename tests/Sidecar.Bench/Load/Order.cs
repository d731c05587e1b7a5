namespace Sidecar.Bench.Load;

/// <summary>Who is asked about, and how.</summary>
/// <param name="Customer">The customer's number.</param>
/// <param name="Call">The place in <see cref="Load.Call.All"/>.</param>
internal readonly record struct Question(int Customer, int Call);

/// <summary>Orders of questions: pure functions from a question's number to the question.</summary>
internal static class Order
{
    // Far from one another, so that what was asked just now helps the next answer as little as it does in life.
    private const long Stride = 7919 * 31L;

    /// <summary>All customers and all kinds, mixed.</summary>
    /// <param name="customers">How many customers.</param>
    /// <param name="first">The number of the first of them.</param>
    public static Func<long, Question> Mixed(int customers, int first = 0)
    {
        var stride = Stride % customers;
        while (!AreCoprime(stride, customers))
            stride++;
        // From one round over all customers to the next each of them gets another kind.
        return i => new Question(first + (int)(i % customers * stride % customers), (int)(((i % customers) + (i / customers)) % Call.All.Count));
    }

    /// <summary>One customer after the other, each once, all in one way.</summary>
    public static Func<long, Question> Once(int first) => i => new Question(first + (int)i, Call.Metered);

    private static bool AreCoprime(long a, long b)
    {
        while (b != 0)
            (a, b) = (b, a % b);
        return a is 1;
    }
}
