using System.Globalization;
using Sidecar.Protocol;
using Stigg.Sidecar.V1;

namespace Sidecar.Host.CommandLine.Checking;

/// <summary>What a check asks.</summary>
/// <param name="Request">The question as the service gets it.</param>
/// <param name="Service">Where the service is, as host:port; null for this machine's.</param>
/// <param name="IsJson">Whether the verdict is for programs.</param>
internal sealed record CheckQuestion(GetEntitlementV2Request Request, string? Service, bool IsJson)
{
    /// <summary>The names that a value follows.</summary>
    public static readonly string[] Valued = ["--usage", "--values", "--resource", "--service"];

    /// <summary>The names that stand alone.</summary>
    public static readonly string[] Flags = ["--credits", "--json"];

    /// <summary>What is asked about: a feature or a currency.</summary>
    public string Item => IsCredits ? Request.CurrencyId : Request.FeatureId;

    /// <summary>Whether a currency's credits are asked about.</summary>
    public bool IsCredits => Request.HasCurrencyId;

    /// <summary>What is requested of a metered feature, or null.</summary>
    public double? Usage => Request.Options is { HasRequestedUsage: true } options ? options.RequestedUsage : null;

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="UsageException">They are not understood.</exception>
    public static CheckQuestion Parse(IReadOnlyList<string> arguments)
    {
        var given = CommandArguments.Parse(arguments, Valued, Flags, mostPlaces: 2);
        var customer = given.Places is [{ Length: > 0 } first, ..] ? first : throw new UsageException("CUSTOMER is missing: the customer's id");
        var item = given.Places is [_, { Length: > 0 } second] ? second : throw new UsageException("FEATURE is missing: the feature's id");
        var request = new GetEntitlementV2Request { CustomerId = customer };
        if (given.Has("--credits"))
            request.CurrencyId = item;
        else
            request.FeatureId = item;
        if (given.Text("--resource") is { Length: > 0 } resource)
            request.ResourceId = resource;
        if (given.Text("--usage") is { } usage)
            Options(request).RequestedUsage = UsageOf(usage);
        if (given.Text("--values") is { } values)
            Options(request).RequestedValues.AddRange(ValuesOf(values));
        return new CheckQuestion(request, given.Address("--service"), given.Has("--json"));
    }

    private static GetEntitlementOptions Options(GetEntitlementV2Request request) => request.Options ??= new GetEntitlementOptions();

    private static double UsageOf(string text) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var usage) && double.IsFinite(usage)
            ? usage
            : throw new UsageException($"--usage is '{Excerpt.Of(text)}', expected a number such as 5 or 0.5");

    private static string[] ValuesOf(string text)
    {
        var values = text.Split(',');
        return Array.TrueForAll(values, value => value.Length > 0)
            ? values
            : throw new UsageException($"--values is '{Excerpt.Of(text)}', expected values with commas between them");
    }
}
