using System.Globalization;
using System.Text;

namespace Sidecar.Protocol.Tests.Cloud;

/// <summary>
/// Random bodies of the cloud and random stored entries, most of them sound: fields in any order, missing, null, twice, unknown, of another
/// form, or with escaped letters in their names; and here and there one byte that is another.
/// </summary>
internal sealed class RandomDocument(Random random)
{
    // Stands for a byte that is no UTF-8.
    private const char NoText = 'ÿ';

    private static readonly byte[] Signs = "\"\\{}[],:019-.eEntf "u8.ToArray();

    public byte[] Body() => Bytes(Object(
        ("data", () => Object(("entitlementsState", () => Object(
            ("accessDeniedReason", Reason), ("entitlementsV2", List), ("entitlements", () => Mostly("null", List)))))),
        ("errors", () => Mostly("null", () => """[{"message": "boom"}]"""))));

    public byte[] Stored() => Bytes("{" + string.Join(',', Enumerable.Range(0, random.Next(6)).Select(i => $"\"{i}\":" + Object(
        ("calculatedEntitlement", () => Object(
            ("type", () => Mostly("\"FEATURE\"", () => "\"CREDIT\"")), ("feature", () => Feature("id", "units", "unitsPlural")),
            ("currency", () => Mostly("null", Currency)), ("usageLimit", Number), ("hasUnlimitedUsage", Flag), ("hasSoftLimit", Flag),
            ("accessDeniedReason", Reason), ("enumValues", Texts), ("validUntil", Date), ("creditRate", Rate), ("usagePeriodAnchor", Date),
            ("resetPeriod", Period), ("resetPeriodConfiguration", Configuration))),
        ("usageData", () => Mostly("null", UsageFields)), ("featureUsage", UsageFields)))) + "}");

    public byte[] Usage() => Bytes(UsageFields());

    private string UsageFields() => Object(
        ("currentUsage", Number), ("usagePeriodStart", Date), ("usagePeriodEnd", Date), ("nextResetDate", Date), ("usagePeriodAnchor", Date),
        ("resetPeriod", Period), ("resetPeriodConfiguration", Configuration));

    private string List() => "[" + string.Join(',', Enumerable.Range(0, random.Next(6)).Select(_ => Element())) + "]";

    private string Element() => random.Next(25) == 0 ? Anything() : Object(
        ("__typename", () => Pick("\"FeatureEntitlement\"", "\"FeatureEntitlement\"", "\"CreditEntitlement\"", "\"BundleEntitlement\"", "null")),
        ("isGranted", Flag), ("accessDeniedReason", Reason), ("usageLimit", Number), ("hasUnlimitedUsage", Flag), ("hasSoftLimit", Flag),
        ("currentUsage", Number), ("enumValues", Texts), ("entitlementUpdatedAt", Date), ("usageUpdatedAt", Date), ("usagePeriodAnchor", Date),
        ("usagePeriodStart", Date), ("usagePeriodEnd", Date), ("resetPeriod", Period), ("resetPeriodConfiguration", Configuration),
        ("feature", () => Feature("refId", "featureUnits", "featureUnitsPlural")), ("currency", () => Mostly("null", Currency)),
        ("creditRate", Rate), ("validUntil", Date));

    private string Feature(string id, string units, string unitsPlural) => Object(
        (id, Text), ("displayName", Text), ("featureType", () => Pick("\"NUMBER\"", "\"boolean\"", "\"ENUM\"", "\"SHAPE\"")),
        ("meterType", () => Pick("\"Incremental\"", "\"none\"", "\"Sideways\"", "null")), (units, Text), (unitsPlural, Text));

    private string Currency() => Object(
        ("currencyId", Text), ("displayName", Text), ("description", Text), ("unitSingular", Text), ("unitPlural", Text),
        ("additionalMetaData", () => Pick("null", $$"""{"a": {{Anything()}}, "b": 1.5, "a": {{Anything()}}}""", Anything())));

    private string Configuration() => Object(
        ("__typename", Text), (Pick("monthlyAccordingTo", "yearlyAccordingTo", "weeklyAccordingTo", "dailyAccordingTo"), Text));

    private string Rate() => Object(("amount", Number), ("currencyId", Text));

    private string Texts() => Pick("null", "[]", $"[{Text()}, null, {Text()}]");

    private string Text() => Pick(
        "\"feature-1\"", "\"feature-2\"", "\"a\"", "\"\"", "\"日本\"", "\"\\u00dc\\n\"", "\"😀\"", "null", "\"tokens\"", Mostly("\"b\"", () => $"\"{NoText}\""));

    private string Reason() => Pick("null", "\"BudgetExceeded\"", "\"revoked\"", "\"New\"", "\"\"");

    private string Period() => Pick("null", "\"MONTH\"", "\"year\"", "\"DECADE\"", "\"\"");

    private string Flag() => Pick("true", "false", "null", Mostly("true", () => "\"true\""));

    private string Number() => Pick(
        "0", "25", "-0", "1e3", "0.1", "\"12\"", "\" 1.5 \"", "null", Mostly("7", () => Pick("1e999", "\"NaN\"", "\"1,000\"")));

    private string Date() => Pick(
        "\"2026-10-02T10:00:00.123Z\"", "\"2026-10-02T10:00:01Z\"", "1790935200123", "null", "\"2026-02-30T10:00:00.000Z\"", "\"2026-10-02\"",
        "\"2026-10-02T12:00:00+02:00\"", "\"1790935200000\"", "\"soon\"", "1790935200000.5", "1e300", "-1", "\"2026-10-02T24:00:00.000Z\"",
        "\"2026-10-02T10:00:60.000Z\"", "\"2026-10-02T10:00:00.12345678Z\"", "\"0001-01-01T00:00:00.000Z\"", "\"\\u0032026-10-02T10:00:00Z\"");

    private string Anything() => Pick(
        "null", "true", "5", "-0.0", "\"x\"", "{}", "[]", "[null]", "\"\\ud800\"", "[[{\"a\": []}]]", "{\"a\": {\"b\": \"c\"}}",
        Mostly("1", () => new string('[', 65) + new string(']', 65)));

    private string Object(params (string Name, Func<string> Value)[] fields)
    {
        var written = new List<string>();
        foreach (var (name, value) in fields)
        {
            if (random.Next(9) == 0)
                continue;
            written.Add(Name(name) + (random.Next(60) == 0 ? Anything() : value()));
            if (random.Next(40) == 0)
                written.Add(Name(name) + value());
        }

        if (random.Next(5) == 0)
            written.Add(Pick("\"new\":", "\"\":", "\"\\u00e9\":", Mostly("\"x\":", () => "\"\\ud800\":")) + Anything());
        var inOrder = written.ToArray();
        if (random.Next(2) == 0)
            random.Shuffle(inOrder);
        return "{" + string.Join(',', inOrder) + "}";
    }

    private string Name(string name) => random.Next(50) == 0
        ? string.Create(CultureInfo.InvariantCulture, $"\"\\u{(int)name[0]:x4}{name[1..]}\":")
        : $"\"{name}\":";

    private string Mostly(string usual, Func<string> other) => random.Next(5) == 0 ? other() : usual;

    private string Pick(params string[] values) => values[random.Next(values.Length)];

    private byte[] Bytes(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        // Two bytes of which the first one alone tells that the second belongs to it.
        for (var i = utf8.AsSpan().IndexOf("ÿ"u8); i >= 0; i = utf8.AsSpan().IndexOf("ÿ"u8))
            (utf8[i], utf8[i + 1]) = (0xff, (byte)'x');
        return random.Next(10) switch
        {
            0 => Damaged(utf8),
            1 => [.. utf8, .. Encoding.UTF8.GetBytes(Pick(" ", "\n", "x", "{}", ","))],
            2 => utf8[..random.Next(utf8.Length)],
            _ => utf8,
        };
    }

    private byte[] Damaged(byte[] utf8)
    {
        utf8[random.Next(utf8.Length)] = Signs[random.Next(Signs.Length)];
        return utf8;
    }
}
