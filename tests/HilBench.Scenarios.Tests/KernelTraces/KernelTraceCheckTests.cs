using System.Text.Json.Nodes;
using HilBench.Journal;
using HilBench.Notifiers;
using HilBench.Scenarios.KernelTraces;

namespace HilBench.Scenarios.Tests.KernelTraces;

/// <summary>Whatever is changed in a trace is found, at its step.</summary>
public sealed class KernelTraceCheckTests
{
    private const string Fault = "linux-6.1/fault-read-then-write.json";

    private readonly List<string> _files = [];

    [TearDown]
    public void RemoveFiles() => _files.ForEach(File.Delete);

    [Test]
    public void A_trace_that_nobody_changed_matches() => Assert.That(Check(Fault, _ => { }).IsMatching, Is.True);

    [TestCase("start", "0x2000")]
    [TestCase("end", "0x3000")]
    [TestCase("event", "UNMAP")]
    [TestCase("mm", "child")]
    [TestCase("op", "invalidate_range_end")]
    public void A_changed_word_of_a_callback_is_found(string field, string value) =>
        AssertFound("callbacks", trace => FirstCallback(trace)[field] = value);

    [TestCase("blockable", false)]
    [TestCase("owner", true)]
    [TestCase("atomic", true)]
    [TestCase("irqsOff", true)]
    [TestCase("implied", true)]
    public void A_changed_circumstance_of_a_callback_is_found(string field, bool value) =>
        AssertFound("callbacks", trace => FirstCallback(trace)[field] = value);

    [Test]
    public void Another_answer_of_a_notifier_is_found() =>
        AssertFound("callbacks", trace => FirstCallback(trace)["answer"] = -11);

    [Test]
    public void Other_bounds_of_the_mapping_in_a_callback_are_found() =>
        AssertFound("callbacks", trace => FirstCallback(trace)["vma"]![1] = "0x20000");

    [Test]
    public void Another_new_page_of_change_pte_is_found() => AssertFound("callbacks", trace =>
        trace["notifier"]!.AsArray().First(call => (string?)call!["op"] == "change_pte")!["newWritable"] = false);

    [Test]
    public void A_callback_that_is_missing_is_found() =>
        AssertFound("callbacks", trace => trace["notifier"]!.AsArray().RemoveAt(0));

    [Test]
    public void A_callback_more_is_found() => AssertFound("callbacks", trace =>
        trace["notifier"]!.AsArray().Add(trace["notifier"]![0]!.DeepClone()));

    [Test]
    public void Callbacks_in_another_order_are_found() => AssertFound("callbacks", trace =>
    {
        var calls = trace["notifier"]!.AsArray();
        var first = calls[0]!;
        calls.RemoveAt(0);
        calls.Insert(1, first);
    });

    [TestCase("by", "other")]
    [TestCase("entry", "mprotect")]
    public void Fields_that_are_for_understanding_are_not_compared(string field, string value) =>
        Assert.That(Check(Fault, trace => FirstCallback(trace)[field] = value).IsMatching, Is.True);

    [TestCase("W")]
    [TestCase("D")]
    [TestCase("A")]
    [TestCase("S")]
    [TestCase("E")]
    public void A_changed_flag_of_a_page_is_found(string flag) => AssertFound("pages of parent", trace =>
    {
        var page = LastPages(trace)[0]!;
        var flags = (string)page["flags"]!;
        page["flags"] = flags.Contains(flag, StringComparison.Ordinal)
            ? flags.Replace(flag, "", StringComparison.Ordinal) : flags + flag;
    });

    [Test]
    public void A_changed_count_of_mappings_is_found() =>
        AssertFound("pages of parent", trace => LastPages(trace)[0]!["mapcount"] = 2);

    [Test]
    public void A_page_that_is_missing_is_found() =>
        AssertFound("pages of parent", trace => LastPages(trace).RemoveAt(0));

    [Test]
    public void The_same_page_at_two_places_is_found() => AssertFound("pages of parent", trace =>
    {
        var page = LastPages(trace)[0]!.DeepClone();
        page["at"] = "0xf000";
        page["pages"] = 1;
        LastPages(trace).Add(page);
    });

    [TestCase("end", "0x8000")]
    [TestCase("perms", "r--p")]
    [TestCase("backing", "shmem")]
    public void A_changed_mapping_is_found_at_the_step_that_made_it(string field, string value)
    {
        var result = Check(Fault, trace =>
            trace["steps"]!.AsArray().First(step => step!["vmas"] is not null)!["vmas"]!["parent"]![0]![field] = value);

        Assert.That(result.Differences[0].What, Is.EqualTo("mappings of parent"));
        Assert.That(result.Differences[0].Step, Is.EqualTo(1));
    }

    [Test]
    public void Another_result_is_found() => AssertFound("result", trace =>
        Writing(trace)["result"] = JsonNode.Parse("{\"signal\": \"SIGSEGV\", \"code\": \"MAPERR\"}"));

    [Test]
    public void A_TLB_callback_that_is_cut_elsewhere_matches()
    {
        var result = Check("linux-6.12/munmap-whole.json", trace =>
        {
            var calls = trace["notifier"]!.AsArray();
            var tlb = calls.First(call => (string?)call!["op"] == "arch_invalidate_secondary_tlbs")!;
            var second = tlb.DeepClone();
            tlb["end"] = "0x3000";
            second["start"] = "0x3000";
            calls.Insert(calls.IndexOf(tlb) + 1, second);
        });

        Assert.That(result.IsMatching, Is.True, string.Join("\n", result.Differences));
    }

    [Test]
    public void A_step_that_the_engine_does_not_know_counts_as_differing()
    {
        var result = Check(Fault, trace => Writing(trace)["op"] = "teleport");

        Assert.That(result.Differences[0].What, Is.EqualTo("not modelled"));
    }

    [Test]
    public void The_profile_of_another_kernel_differs()
    {
        var result = KernelTraceCheck.Check(Path.Combine(TraceFolder.Root, Fault), "it", KernelProfile.Linux612);

        Assert.That(result.IsMatching, Is.False);
        Assert.That(result.Profile, Is.EqualTo("linux-6.12"));
    }

    [TestCase("{\n \"format\": 1,\n \"name\" 7}", 3, 9)]
    [TestCase("{\n \"region\": {\"base\": \"here\", \"bytes\": 1}}", 2, 27)]
    [TestCase("", 1, 1)]
    public void Malformed_JSON_is_told_with_line_and_column(string text, int line, int column)
    {
        var wrong = Assert.Throws<InputException>(() => KernelTraceCheck.Check(Written(text), "it"))!;

        Assert.That((wrong.Line, wrong.Column), Is.EqualTo((line, column)), wrong.Message);
    }

    [Test]
    public void A_kernel_for_which_there_is_no_profile_is_refused()
    {
        var wrong = Assert.Throws<InputException>(() => Check(Fault, trace => trace["kernel"] = "Linux 3.2.0"))!;

        Assert.That(wrong.Message, Does.Contain("3.2.0").And.Contain("linux-6.1"));
    }

    private static JsonNode Writing(JsonNode trace) => trace["steps"]!.AsArray().Last(step => (string?)step!["op"] == "write")!;

    private static JsonNode FirstCallback(JsonNode trace) => trace["notifier"]![0]!;

    private static JsonArray LastPages(JsonNode trace) => Writing(trace)["pages"]!["parent"]!.AsArray();

    private void AssertFound(string what, Action<JsonNode> change)
    {
        var step = 0;

        var result = Check(Fault, trace =>
        {
            step = (int)Writing(trace)["n"]!;
            change(trace);
        });

        Assert.That(result.IsMatching, Is.False);
        Assert.That((result.Differences[0].Step, result.Differences[0].What), Is.EqualTo((step, what)));
    }

    private KernelTraceResult Check(string trace, Action<JsonNode> change)
    {
        var node = JsonNode.Parse(File.ReadAllText(Path.Combine(TraceFolder.Root, trace)))!;
        change(node);
        return KernelTraceCheck.Check(Written(node.ToJsonString()), trace);
    }

    private string Written(string text)
    {
        var file = Path.GetTempFileName();
        _files.Add(file);
        File.WriteAllText(file, text);
        return file;
    }
}
