using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;
using Sidecar.Protocol.Entitlements;
using Stigg.Sidecar.V1;

namespace Sidecar.Host.CommandLine.Checking;

/// <summary>Writes an answer for programs.</summary>
internal static class CheckReport
{
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(false));

    /// <summary>One JSON object; the entitlement in protobuf's own form. What is not known is left out.</summary>
    public static void WriteJson(CheckQuestion question, EntitlementV2 answer, AnswerFacts facts, TextWriter output)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("customer", question.Request.CustomerId);
            if (question.Request.HasResourceId)
                json.WriteString("resource", question.Request.ResourceId);
            json.WriteString(question.IsCredits ? "currency" : "feature", question.Item);
            json.WriteBoolean("hasAccess", answer.HasAccess);
            json.WriteBoolean("isFallback", answer.IsFallback);
            if (answer.HasAccessDeniedReason)
                json.WriteString("accessDeniedReason", EntitlementExplainer.WordOf(answer.AccessDeniedReason));
            Write(json, "source", facts.Source);
            Write(json, "freshness", facts.Freshness);
            if (long.TryParse(facts.AgeMs, NumberStyles.None, CultureInfo.InvariantCulture, out var age))
                json.WriteNumber("ageMs", age);
            Write(json, "node", facts.Node);
            json.WritePropertyName("entitlement");
            json.WriteRawValue(Formatter.Format(answer));
            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(stream.ToArray()));
    }

    private static void Write(Utf8JsonWriter json, string name, string? text)
    {
        if (text is not null)
            json.WriteString(name, text);
    }
}
