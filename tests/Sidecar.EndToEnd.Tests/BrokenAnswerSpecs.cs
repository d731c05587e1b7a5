using System.Diagnostics;
using FluentAssertions;
using Sidecar.Emulator.Control;
using Sidecar.EndToEnd.Tests.Support;
using Xunit;
using static Sidecar.EndToEnd.Tests.Support.Trouble;

namespace Sidecar.EndToEnd.Tests;

/// <summary>Answers of the cloud that are none: the service goes on answering, counts it, and heals by itself.</summary>
public sealed class BrokenAnswerSpecs(SharedService shared) : IClassFixture<SharedService>
{
    [Theory]
    [InlineData(BrokenBody.TruncatedJson)]
    [InlineData(BrokenBody.Html)]
    [InlineData(BrokenBody.Empty)]
    [InlineData(BrokenBody.NullData)]
    [InlineData(BrokenBody.Errors)]
    [InlineData(BrokenBody.WrongShape)]
    public Task Broken_body_is_survived_and_healed(BrokenBody variant) => FaultIsSurvivedAsync(FaultRule.Broken(variant));

    [Theory]
    [InlineData(400)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public Task Bad_status_is_survived_and_healed(int status) => FaultIsSurvivedAsync(FaultRule.Answer(status));

    [Fact]
    public Task Cut_connection_is_survived_and_healed() => FaultIsSurvivedAsync(FaultRule.Cut());

    [Fact]
    public Task Connection_cut_within_the_body_is_survived_and_healed() => FaultIsSurvivedAsync(FaultRule.CutMidBody());

    [Fact]
    public Task Answer_that_is_no_http_is_survived_and_healed() => FaultIsSurvivedAsync(FaultRule.Garbage());

    private async Task FaultIsSurvivedAsync(FaultRule fault)
    {
        // A customer of its own each: the others go on being answered.
        var customer = $"customer-{Guid.NewGuid()}";
        var it = shared.It;
        it.Control.PutCustomer(customer, """{ "plan": "pro", "usage": { "feature-api-calls": 25 } }""");
        var errors = await it.Service.CounterAsync(NetworkErrors);
        var rule = it.Control.Faults.Add(fault with { Target = RequestTarget.State, CustomerId = customer });

        var watch = Stopwatch.StartNew();
        var reply = await AskAsync(it, customer);

        watch.Elapsed.Should().BeLessThan(Guard);
        (reply.IsFallback, reply.HasAccess).Should().Be((true, false));
        await Eventually.HoldsAsync(async () => await it.Service.CounterAsync(NetworkErrors) > errors);
        it.Control.Faults.Remove(rule);
        await HealsAsync(it, usage: 25, customer);
    }
}
