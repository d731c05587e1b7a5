using System.Globalization;
using FluentAssertions;
using Sidecar.Fuzz.Targets;
using Xunit;

namespace Sidecar.Fuzz.Tests;

/// <summary>
/// Every reader of outside bytes stands what is made up: 20 s each where <c>CI=true</c>, else 2 s, or as long as <c>SIDECAR_FUZZ_SECONDS</c> says.
/// </summary>
public sealed class FuzzSpecs(FuzzSpecs.Runs runs) : IClassFixture<FuzzSpecs.Runs>
{
    public static TheoryData<string> Names => [.. AllTargets.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Reader_stands_whatever_it_is_given(string name)
    {
        var (code, output) = await runs.Of(name);

        code.Should().Be(0, output);
    }

    /// <summary>The runs of all readers, two at a time.</summary>
    public sealed class Runs : IDisposable
    {
        private const int AtOnce = 2;
        private static readonly int Seconds = SecondsOfEach();

        // To start, and to make the instrumented copy.
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(Seconds) + TimeSpan.FromMinutes(2);
        private readonly SemaphoreSlim _turns = new(AtOnce);
        private readonly Dictionary<string, Task<(int Code, string Output)>> _all;

        public Runs() => _all = AllTargets.Names.ToDictionary(name => name, RunAsync, StringComparer.Ordinal);

        public void Dispose() => _turns.Dispose();

        internal Task<(int Code, string Output)> Of(string name) => _all[name];

        private static int SecondsOfEach() =>
            int.TryParse(Environment.GetEnvironmentVariable("SIDECAR_FUZZ_SECONDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds
            : Environment.GetEnvironmentVariable("CI") == "true" ? 20
            : 2;

        private async Task<(int Code, string Output)> RunAsync(string name)
        {
            await _turns.WaitAsync();
            try
            {
                return await FuzzProgram.RunAsync(
                    Patience, "--target", name, "--seconds", Seconds.ToString(CultureInfo.InvariantCulture), "--seed", Random.Shared.Next().ToString(CultureInfo.InvariantCulture));
            }
            finally
            {
                _turns.Release();
            }
        }
    }
}
