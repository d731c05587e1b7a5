using FluentAssertions;
using Sidecar.EndToEnd.Tests.Support;
using Stigg.Sidecar.V1;
using Xunit;

namespace Sidecar.EndToEnd.Tests;

/// <summary>One customer's answer never comes from another's entry, and many questions are one read.</summary>
public sealed class IsolationSpecs(SharedService shared) : IClassFixture<SharedService>
{
    private const string Metered = "feature-documents";

    /// <summary>Ids that look like paths, keys of another entry, or nothing a path can hold.</summary>
    public static TheoryData<string> StrangeIds() =>
    [
        "a/b", "a?b=c", "a#b", "100%", "%2F", "..", ".", "../..", "a b", " ", "\t", "ключ", "日本語", "🙂🙃", "a:r_b", "a:f_b", "c_a",
        "a:metadata", "a#timestamp", "\"quoted\"", "a\\b", "a&b=c;d", "a+b", "null", "entitlements-state.json", "\u00e9", "e\u0301", "\u0001",
    ];

    [Theory]
    [MemberData(nameof(StrangeIds))]
    public async Task Strange_id_reaches_its_own_customer_and_resource(string id)
    {
        var (ownUsage, resourceUsage) = (Random.Shared.Next(1, 1_000_000), Random.Shared.Next(1, 1_000_000));
        shared.It.Control.PutCustomer(id, $$"""
            {
              "plan": "pro", "usage": { "{{Metered}}": {{ownUsage}} },
              "resources": { {{System.Text.Json.JsonSerializer.Serialize(id)}}: { "plan": "workspace", "usage": { "{{Metered}}": {{resourceUsage}} } } }
            }
            """);

        var own = await AskAsync(id, null);
        var resource = await AskAsync(id, id);

        own.Entitlement.CurrentUsage.Should().Be(ownUsage);
        resource.Entitlement.CurrentUsage.Should().Be(resourceUsage);
        shared.It.Control.Requests.Snapshot().BadRequests.Should().Be(0);
    }

    [Fact]
    public async Task Customers_and_resources_with_ids_like_each_others_keys_never_mix()
    {
        // Each pair would share a key where keys are joined texts.
        (string Customer, string? Resource)[] entries =
            [("x", "r"), ("x:r_r", null), ("x:r", "r"), ("x", "r:r_r"), ("x:r_r", "r"), ("c_x", "r"), ("x", "x"), ("x", null), ("xr", null), ("x/r", null)];
        foreach (var group in entries.GroupBy(e => e.Customer))
        {
            var resources = group.Where(e => e.Resource is not null)
                .Select(e => $"\"{e.Resource}\": {{ \"plan\": \"workspace\", \"usage\": {{ \"{Metered}\": {UsageOf(e)} }} }}");
            shared.It.Control.PutCustomer(group.Key, $$"""
                { "plan": "pro", "usage": { "{{Metered}}": {{UsageOf((group.Key, null))}} }, "resources": { {{string.Join(", ", resources)}} } }
                """);
        }

        // Twice: the second time from memory.
        for (var round = 0; round < 2; round++)
        {
            foreach (var entry in entries)
                (await AskAsync(entry.Customer, entry.Resource)).Entitlement.CurrentUsage.Should().Be(UsageOf(entry), $"of {entry}");
        }

        int UsageOf((string, string?) entry) => 1 + Array.IndexOf(entries, entry);
    }

    [Fact]
    public async Task Five_hundred_questions_at_once_about_an_unknown_customer_cost_one_read()
    {
        const string Customer = "asked-by-many";
        shared.It.Control.PutCustomer(Customer, $$"""{ "plan": "pro", "usage": { "{{Metered}}": 7 } }""");
        var hold = shared.It.Control.HoldState(Customer);
        var questions = Enumerable.Range(0, 500).Select(_ => AskAsync(Customer, null)).ToList();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await hold.WaitUntilHeldAsync(1, limit.Token);
        hold.Dispose();

        var replies = await Task.WhenAll(questions);

        replies.Should().OnlyContain(reply => reply.Entitlement.CurrentUsage == 7 && !reply.IsFallback);
        shared.It.Control.Requests.Snapshot().Customers[Customer].Total.Should().Be(1);
    }

    private async Task<GetMeteredEntitlementResponse> AskAsync(string customer, string? resource) =>
        await shared.It.Client.GetMeteredEntitlementAsync(
            new() { CustomerId = customer, ResourceId = resource ?? "", FeatureId = Metered });
}
