using System.Text.Json;
using FluentAssertions;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing;
using Xunit;

namespace Sidecar.EndToEnd.Tests;

/// <summary><c>sidecar check</c> against a service that runs.</summary>
public sealed class CheckSpecs(SharedService shared) : IClassFixture<SharedService>
{
    [Theory]
    [InlineData(0, "yes: customer 'customer-demo' may use 'feature-api-calls'", "25 used + 5 requested is within the limit of 1000",
        "customer-demo", "feature-api-calls", "--usage", "5")]
    [InlineData(1, "no: customer 'customer-at-limit' may not use 'feature-api-calls': REQUESTED_USAGE_EXCEEDING_LIMIT", "is above the limit of 1000",
        "customer-at-limit", "feature-api-calls", "--usage", "1")]
    [InlineData(1, "no: customer 'nobody-knows' may not use 'feature-api-calls'", "a fallback answers", "nobody-knows", "feature-api-calls")]
    public async Task Verdict_stands_in_the_first_line_and_in_the_exit_code(
        int exitCode, string verdict, string why, params string[] arguments)
    {
        await using var check = Check(arguments);

        (await check.WaitForExitAsync()).Should().Be(exitCode);
        check.Lines.First().Should().StartWith(verdict);
        string.Join('\n', check.Lines).Should().Contain($"  why     ").And.Contain(why);
    }

    [Fact]
    public async Task Answer_is_there_for_programs_too()
    {
        await using var check = Check(["customer-demo", "feature-api-calls", "--json"]);

        (await check.WaitForExitAsync()).Should().Be(0);
        using var json = JsonDocument.Parse(string.Join('\n', check.Lines));
        json.RootElement.GetProperty("hasAccess").GetBoolean().Should().BeTrue();
        json.RootElement.GetProperty("entitlement").GetProperty("metered").GetProperty("usageLimit").GetDouble().Should().Be(1000);
    }

    [Fact]
    public async Task Service_that_can_not_be_reached_is_no_answer()
    {
        await using var check = SidecarProcess.Launch(new Dictionary<string, string?>(), program: null, ["check", "c", "f", "--service", "127.0.0.1:1"]);

        (await check.WaitForExitAsync()).Should().Be(2);
        string.Join('\n', check.Lines).Should().Contain("sidecar check: 127.0.0.1:1 gives no answer: Unavailable");
    }

    [Fact]
    public async Task Question_that_the_service_refuses_is_no_answer()
    {
        await using var check = Check([new string('c', 1025), "f"]);

        (await check.WaitForExitAsync()).Should().Be(2);
        string.Join('\n', check.Lines).Should().Contain("InvalidArgument: customer_id");
    }

    private SidecarProcess Check(string[] arguments) =>
        SidecarProcess.Launch(new Dictionary<string, string?>(), program: null, ["check", .. arguments, "--service", shared.It.Service.GrpcAddress.Authority]);
}
