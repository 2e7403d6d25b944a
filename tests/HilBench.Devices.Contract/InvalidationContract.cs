using HilBench.Pcie;

namespace HilBench.Devices.Contract;

/// <summary>Invalidation as docs/exerciser.md and ats-rules B.5 to B.7 want it.</summary>
public abstract class InvalidationContract : TranslationContract
{
    [Test]
    public void An_invalidated_page_is_asked_for_again()
    {
        var host = Host().Enable();
        host.Map(Va, Pa);
        host.Do(0, Operation.Read(Va, 4));

        host.Map(Va, 0x7000);
        host.InvalidateAndWait(AtsRange.Page(Va), itag: 5);
        host.Do(0, Operation.Read(Va, 4));

        Assert.That(host.Translated.Select(t => t.Address), Is.EqualTo([Pa, 0x7000UL]));
    }

    [Test]
    public void The_completion_names_function_agent_and_ITag_for_all_ITags()
    {
        var host = Host().Enable();
        for (var itag = 0; itag < ITag.Count; itag++)
        {
            var tlp = host.InvalidateAndWait(AtsRange.Page(Va), itag).View;

            Assert.That(
                (tlp.Requester, tlp.Destination, tlp.ITagVector, tlp.CompletionCount, tlp.Attributes, tlp.HasPasid),
                Is.EqualTo((ExerciserHost.Function, ExerciserHost.Agent, 1u << itag, 1, TlpAttributes.None, false)));
        }

        Assert.That(host.InvalidateCompletions.Count(), Is.EqualTo(ITag.Count));
    }

    [Test]
    public void It_is_answered_also_without_bus_master_and_ATS()
    {
        var host = Host().Enable();
        host.WriteConfiguration(0x104, 0);
        host.WriteConfiguration(ConfigurationRegister.CommandStatus, 0);

        host.InvalidateAndWait(AtsRange.Everything, 3);

        Assert.That(host.InvalidateCompletions.Count(), Is.EqualTo(1));
    }

    [Test]
    public void Every_size_drops_its_first_middle_and_last_page_and_no_page_beside_it()
    {
        var host = Host().Enable();
        for (var shift = 12; shift <= 30; shift++)
        {
            var block = AtsRange.Around(Va, shift);
            ulong[] pages = [block.Base, block.Base + (1UL << (shift - 1)) & ~0xFFFUL, block.Last & ~0xFFFUL];
            ulong[] inside = [.. pages.Distinct()];
            ulong[] beside = [block.Base - 0x1000, block.Last + 1];
            foreach (var page in inside.Concat(beside))
            {
                host.Map(page, Pa);
                host.Do(0, Operation.Read(page, 4));
            }

            host.InvalidateAndWait(block);
            var before = host.TranslationRequests.Count();
            foreach (var page in beside)
            {
                host.Do(0, Operation.Read(page, 4));
            }

            var asked = host.TranslationRequests.Count() - before;
            foreach (var page in inside)
            {
                host.Do(0, Operation.Read(page, 4));
            }

            var askedInside = host.TranslationRequests.Count() - before - asked;
            Assert.That((asked, askedInside), Is.EqualTo((0, inside.Length)), $"2^{shift} bytes");
            host.InvalidateAndWait(AtsRange.Everything);
        }
    }

    [TestCase(0UL)]
    [TestCase(37UL)]
    [TestCase(511UL)]
    public void One_page_inside_ends_the_use_of_a_2_MiB_translation_for_that_page(ulong page)
    {
        var host = Host().Enable();
        host.Map(Va, 0x4000_0000, 21);
        host.Do(0, Operation.Read(Va + 0x1000 * page, 4));

        host.Unmap(Va, 21);
        host.InvalidateAndWait(AtsRange.Page(Va + 0x1000 * page));
        var result = host.Do(0, Operation.Read(Va + 0x1000 * page, 4));

        Assert.That((result.Error, host.Translated.Count()), Is.EqualTo((1, 1)));
    }

    [TestCase(32)]
    [TestCase(47)]
    [TestCase(52)]
    [TestCase(63)]
    public void Pages_that_differ_in_one_high_bit_are_told_apart(int bit)
    {
        var host = Host().Enable();
        var low = 0x10_0000UL;
        var high = low | (1UL << bit);
        host.Map(low, 0x1000);
        host.Map(high, 0x2000);
        host.Do(0, Operation.Read(low, 4));
        host.Do(0, Operation.Read(high, 4));

        host.InvalidateAndWait(AtsRange.Page(high));
        host.Do(0, Operation.Read(low, 4));
        var afterLow = host.TranslationRequests.Count();
        host.Do(0, Operation.Read(high, 4));

        Assert.That((afterLow, host.TranslationRequests.Count()), Is.EqualTo((2, 3)));
    }

    [Test]
    public void Everything_drops_pages_all_over_the_space()
    {
        var host = Host().Enable();
        ulong[] pages = [0, 0x5_1000_0000, 0x7fff_ffff_f000, 0xffff_8000_0000_0000, 0xffff_ffff_ffff_f000];
        foreach (var page in pages)
        {
            host.Map(page, Pa);
            host.Do(0, Operation.Read(page, 4));
        }

        host.InvalidateAndWait(AtsRange.Everything);
        foreach (var page in pages)
        {
            host.Do(0, Operation.Read(page, 4));
        }

        Assert.That(host.TranslationRequests.Count(), Is.EqualTo(2 * pages.Length));
    }

    // What is invalidated: PASID (-1: none) and Global; which of the entries none, 0, 1, 0x10001 have to go.
    [TestCase(-1, false, new[] { true, true, true, true })]
    [TestCase(0, false, new[] { false, true, false, false })]
    [TestCase(1, false, new[] { false, false, true, false })]
    [TestCase(0x10001, false, new[] { false, false, false, true })]
    [TestCase(1, true, new[] { true, true, true, true })]
    public void PASID_and_Global_say_whose_translations_go(int pasid, bool isGlobal, bool[] isGone)
    {
        var host = Host().Enable();
        Pasid?[] owners = [null, new Pasid(0), new Pasid(1), new Pasid(0x10001)];
        foreach (var owner in owners)
        {
            host.Map(Va, Pa, pasid: owner);
            host.Do(0, Operation.Read(Va, 4) with { Pasid = owner });
        }

        host.InvalidateAndWait(AtsRange.Page(Va), 0, pasid < 0 ? null : new Pasid((uint)pasid), isGlobal);
        var asked = owners.Select(owner =>
        {
            var before = host.TranslationRequests.Count();
            host.Do(0, Operation.Read(Va, 4) with { Pasid = owner });
            return host.TranslationRequests.Count() > before;
        });

        Assert.That(asked.ToArray(), Is.EqualTo(isGone));
    }

    [Test]
    public void A_translation_in_flight_during_the_invalidation_is_not_used_at_any_offset_of_its_answer()
    {
        for (var delay = -12; delay <= 12; delay++)
        {
            var host = Host().Enable();
            host.Map(Va, Pa);
            host.HoldsTranslations = true;
            host.Start(0, Operation.Read(Va, 4));
            host.Run(200);
            var at = host.Device.Cycles + 20;
            if (delay < 0)
            {
                host.AnswerTranslation(host.Held[0], at - (ulong)-delay);
            }

            host.Invalidate(AtsRange.Page(Va), 1, notBefore: at);
            if (delay >= 0)
            {
                host.AnswerTranslation(host.Held[0], at + (ulong)delay);
            }

            host.Map(Va, 0x8000);
            host.HoldsTranslations = false;
            host.Finish(0);
            host.Await(t => t.Kind == TlpKind.InvalidateCompletion, 0, "the completion");
            host.Do(0, Operation.Read(Va, 4));

            AssertNoStaleUse(host, stale: Pa, $"answer {delay} cycles from the request");
        }
    }

    [Test]
    public void A_2_MiB_answer_in_flight_is_lost_to_an_invalidation_of_another_page_of_the_block()
    {
        var host = Host().Enable();
        host.Map(Va, 0x4000_0000, 21);
        host.HoldsTranslations = true;
        host.Start(0, Operation.Read(Va, 4));
        host.Run(200);

        host.InvalidateAndWait(AtsRange.Page(Va + 0x5000));
        host.AnswerTranslation(host.Held[0], 0);
        host.HoldsTranslations = false;
        host.Unmap(Va, 21);
        host.Map(Va, 0x9000);
        host.Map(Va + 0x5000, 0xA000);
        host.Finish(0);
        host.Do(0, Operation.Read(Va + 0x5000, 4));

        Assert.That(host.Translated.Select(t => t.Address), Is.EqualTo([0x9000UL, 0xA000UL]));
    }

    [Test]
    public void Every_entry_of_an_answer_in_flight_is_lost()
    {
        var host = Host().Enable();
        for (var i = 0UL; i < 8; i++)
        {
            host.Map(Va + 0x1000 * i, Pa + 0x1000 * i);
        }

        host.HoldsTranslations = true;
        host.Start(0, Operation.Read(Va, 4) with { TranslationsLog2 = 3 });
        host.Run(200);
        host.InvalidateAndWait(AtsRange.Page(Va + 0x6000));
        host.AnswerTranslation(host.Held[0], 0);
        host.HoldsTranslations = false;
        host.Unmap(Va + 0x6000);
        host.Finish(0);

        var result = host.Do(0, Operation.Read(Va + 0x6000, 4));

        Assert.That(result.Error, Is.EqualTo(1));
    }

    [Test]
    public void The_completion_waits_for_the_data_of_reads_that_used_the_translation()
    {
        var host = Host().Enable();
        host.Map(Va, Pa);
        host.HoldsReads = true;
        host.Start(0, Operation.Read(Va, 1024));
        host.Run(200);

        host.Invalidate(AtsRange.Page(Va), 2);
        host.Run(1000);
        var early = host.InvalidateCompletions.Count();
        host.HoldsReads = false;
        host.Release();
        host.Await(t => t.Kind == TlpKind.InvalidateCompletion, 0, "the completion");

        Assert.That(early, Is.Zero);
    }

    [Test]
    public void It_does_not_wait_for_reads_of_other_pages_nor_for_translations()
    {
        var host = Host().Enable();
        host.Map(Va, Pa);
        host.HoldsReads = true;
        host.Start(0, Operation.Read(Va, 1024));
        host.Run(200);
        host.HoldsTranslations = true;
        host.Start(1, Operation.Read(Va + 0x1000, 4));
        host.Run(200);

        host.InvalidateAndWait(AtsRange.Page(Va + 0x1000), 2);

        Assert.That(host.InvalidateCompletions.Count(), Is.EqualTo(1));
    }

    [Test]
    public void The_completion_follows_the_writes_that_used_the_translation()
    {
        var host = Host().Enable();
        host.Map(Va, Pa);
        host.Do(0, Operation.Read(Va, 4));
        host.WriteBar(0x00C, 30);
        host.Start(0, Operation.Write(Va, 4096));
        host.Run(40);

        host.Map(Va, 0x8000);
        host.InvalidateAndWait(AtsRange.Page(Va), 2);
        host.Finish(0);
        host.Run(2000);

        AssertNoStaleUse(host, stale: Pa, "slow transmit queue");
        var writes = host.Translated.Where(t => t.Kind == TlpKind.MemoryWrite);
        Assert.That(writes.Sum(t => t.View.LengthDw), Is.EqualTo(1024));
    }

    [Test]
    public void A_long_transfer_asks_again_after_an_invalidation_in_its_middle()
    {
        for (var delay = 0UL; delay < 60; delay++)
        {
            var host = Host().Enable();
            host.Map(Va, Pa);
            host.Do(0, Operation.Read(Va, 4));
            host.Start(0, Operation.Write(Va, 4096));
            host.Invalidate(AtsRange.Page(Va), 1, notBefore: host.Device.Cycles + delay);
            host.Map(Va, 0x8000);

            host.Await(t => t.Kind == TlpKind.InvalidateCompletion, 0, "the completion");
            var result = host.Finish(0);

            AssertNoStaleUse(host, stale: Pa, $"invalidation {delay} cycles after the start");
            Assert.That(result.Dws, Is.EqualTo(1024));
        }
    }

    [Test]
    public void Sixteen_requests_are_taken_without_holding_other_traffic()
    {
        var host = Host().Enable();
        HoldInvalidations(host);
        for (var itag = 0; itag < 16; itag++)
        {
            host.Invalidate(AtsRange.Page(Va), itag);
        }

        var id = host.ReadBar(0);
        var early = host.InvalidateCompletions.Count();
        host.HoldsReads = false;
        host.Release();
        host.Run(2000);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((id, early), Is.EqualTo((0x4248_494Cu, 0)));
            Assert.That(VectorsOf(host), Is.EqualTo(Enumerable.Range(0, 16).Select(i => 1u << i)));
        }
    }

    [Test]
    public void Requests_beyond_the_queue_are_held_and_none_is_lost()
    {
        var host = Host().Enable();
        HoldInvalidations(host);
        for (var i = 0; i < 40; i++)
        {
            host.Invalidate(AtsRange.Page(Va), i % 32);
            if (i == 23)
            {
                host.Release(); // the data stands in line before the requests that find no room
            }
        }

        host.HoldsReads = false;
        host.Run(4000);

        Assert.That(VectorsOf(host), Is.EqualTo(Enumerable.Range(0, 40).Select(i => 1u << (i % 32))));
    }

    [Test]
    public void Damaged_or_misdirected_requests_are_not_completed()
    {
        var host = Host().Enable();
        var payload = AtsRange.Page(Va).ToInvalidatePayload();
        var request = new InvalidateRequest(ExerciserHost.Agent, ExerciserHost.Function, new ITag(1), payload);
        host.Send(d => TlpWriter.WriteInvalidateRequest(d, request, new TlpOptions { IsPoisoned = true }));
        host.Send(d => TlpWriter.WriteInvalidateRequest(d, request with { Destination = new(0x0200) }));
        host.Send(d => WriteHex(d, "72000001 00080101 01000000 00000000 00007f00"));
        host.Send(d => WriteHex(d, "72000003 00080101 01000000 00000000 00007f00 00200000 00000000"));
        host.Send(d => WriteHex(d, "32000000 00080101 01000000 00000000"));
        host.Send(d => WriteHex(d, "91000001 91000002 72000002 00080101 01000000 00000000 00007f00 00200000"));
        foreach (var code in new[] { "00", "03", "06", "07" })
        {
            host.Send(d => WriteHex(d, $"72000002 000801{code} 01000000 00000000 00007f00 00200000"));
        }

        host.Run(1000);
        var early = host.InvalidateCompletions.Count();
        host.InvalidateAndWait(AtsRange.Page(Va), 9);

        Assert.That((early, VectorsOf(host).ToArray()), Is.EqualTo((0, new[] { 1u << 9 })));
    }

    [Test]
    public void Reserved_bits_of_a_request_are_ignored()
    {
        var host = Host().Enable();
        host.Map(Va, Pa);
        host.Do(0, Operation.Read(Va, 4));

        host.Send(d => WriteHex(d, "72000002 0008e101 0100ffff ffffffff 00007f00 002007fe"));
        host.Await(t => t.Kind == TlpKind.InvalidateCompletion, 0, "the completion");
        host.Do(0, Operation.Read(Va, 4));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(host.TranslationRequests.Count(), Is.EqualTo(2));
            Assert.That(VectorsOf(host), Is.EqualTo([2u]));
        }
    }

    [TestCase(1UL)]
    [TestCase(2UL)]
    [TestCase(3UL)]
    [TestCase(4UL)]
    [TestCase(5UL)]
    [TestCase(6UL)]
    [TestCase(7UL)]
    [TestCase(8UL)]
    [TestCase(9UL)]
    [TestCase(10UL)]
    [TestCase(11UL)]
    [TestCase(12UL)]
    public void Random_traffic_never_meets_a_translation_that_is_gone(ulong seed)
    {
        var traffic = new RandomTraffic(Host().Device, seed).Run(3000);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(traffic.StaleUse, Is.Null, $"seed {seed}");
            Assert.That(traffic.Operations, Is.GreaterThan(60));
            Assert.That(traffic.Completed, Is.GreaterThan(100));
            Assert.That(traffic.Uses, Is.GreaterThan(100));
        }
    }

    /// <summary>
    /// After the completion no translated request touches the page that was behind the old translation.
    /// </summary>
    protected static void AssertNoStaleUse(ExerciserHost host, ulong stale, string when)
    {
        var completion = host.Log.FindIndex(t => t.Kind == TlpKind.InvalidateCompletion);
        var isStale = host.Log.Skip(completion + 1).Any(t => t.IsTranslated && t.Address - stale < 0x1000);
        Assert.That(isStale, Is.False, $"{when}:\n{host.LogText()}");
    }

    private static void HoldInvalidations(ExerciserHost host)
    {
        host.Map(Va, Pa);
        host.HoldsReads = true;
        host.Start(0, Operation.Read(Va, 4));
        host.Run(200);
    }

    private static IEnumerable<uint> VectorsOf(ExerciserHost host) =>
        host.InvalidateCompletions.Select(t => t.View.ITagVector);

    private static int WriteHex(Span<byte> destination, string hex)
    {
        var bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        bytes.CopyTo(destination);
        return bytes.Length;
    }
}
