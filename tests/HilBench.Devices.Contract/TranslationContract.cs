using HilBench.Pcie;

namespace HilBench.Devices.Contract;

/// <summary>
/// Asking for translations, keeping them, and losing them: docs/exerciser.md and ats-rules B.3 to B.9.
/// </summary>
public abstract class TranslationContract : ExerciserContract
{
    [Test]
    public void A_second_access_to_a_page_uses_the_translation_that_is_there()
    {
        var host = Host().Enable();
        host.Map(Va, Pa);

        host.Do(0, Operation.Read(Va, 4));
        host.Do(1, Operation.Write(Va + 0xFFC, 4));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(host.TranslationRequests.Count(), Is.EqualTo(1));
            Assert.That(host.Translated.Select(t => t.Address), Is.EqualTo([Pa, Pa + 0xFFC]));
            Assert.That(host.ReadBar(0x01C), Is.EqualTo(1));
        }
    }

    [TestCase(13)]
    [TestCase(16)]
    [TestCase(21)]
    [TestCase(30)]
    [TestCase(39)]
    public void A_large_grant_covers_the_aligned_block_around_the_asked_page(int sizeShift)
    {
        var host = Host().Enable();
        var block = AtsRange.Around(Va + (1UL << (sizeShift - 1)), sizeShift);
        var translated = 1UL << 40;
        host.Map(block.Base, translated, sizeShift);
        var kept = AtsRange.Around(Va, Math.Min(sizeShift, 30));
        var offset = kept.Base - block.Base;

        host.Do(0, Operation.Read(kept.Base + 0x1000, 4));
        host.Do(0, Operation.Read(kept.Base, 4));
        host.Do(0, Operation.Read(kept.Last & ~3UL, 4));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(host.TranslationRequests.Count(), Is.EqualTo(1));
            Assert.That(
                host.Translated.Select(t => t.Address - translated - offset),
                Is.EqualTo([0x1000UL, 0UL, (1UL << Math.Min(sizeShift, 30)) - 4]));
        }
    }

    [Test]
    public void The_page_behind_a_block_is_not_covered()
    {
        var host = Host().Enable();
        host.Map(Va, Pa & ~0x1FFFFFUL, 21);
        host.Map(Va + 0x20_0000, 0x5000);

        host.Do(0, Operation.Read(Va, 4));
        host.Do(0, Operation.Read(Va + 0x20_0000, 4));

        Assert.That(host.TranslationRequests.Count(), Is.EqualTo(2));
    }

    [Test]
    public void One_request_for_four_pages_gives_each_its_own_translation()
    {
        var host = Host().Enable();
        for (var i = 0UL; i < 4; i++)
        {
            host.Map(Va + 0x1000 * i, Pa + 0x10_0000 * i);
        }

        host.Do(0, Operation.Read(Va, 4) with { TranslationsLog2 = 2 });
        for (var i = 1UL; i < 4; i++)
        {
            host.Do(0, Operation.Read(Va + 0x1000 * i, 4));
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(host.TranslationRequests.Single().View.LengthDw, Is.EqualTo(8));
            Assert.That(
                host.Translated.Select(t => t.Address),
                Is.EqualTo([Pa, Pa + 0x10_0000, Pa + 0x20_0000, Pa + 0x30_0000]));
        }
    }

    [Test]
    public void Fewer_translations_than_asked_for_leave_the_rest_untranslated()
    {
        var host = Host().Enable();
        host.Map(Va, Pa);

        host.Do(0, Operation.Read(Va, 4) with { TranslationsLog2 = 3 });
        var result = host.Do(0, Operation.Read(Va + 0x1000, 4));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(host.TranslationRequests.Select(t => t.Address), Is.EqualTo([Va, Va + 0x1000]));
            Assert.That(result.Error, Is.EqualTo(1));
        }
    }

    [Test]
    public void Entries_behind_the_1_GiB_block_of_the_asked_page_are_not_kept()
    {
        var host = Host().Enable();
        var last = AtsRange.Around(Va, 30).Last & ~0xFFFUL;
        host.Map(last, Pa);
        host.Map(last + 0x1000, Pa + 0x1000);

        host.Do(0, Operation.Read(last, 4) with { TranslationsLog2 = 1 });
        host.Do(0, Operation.Read(last + 0x1000, 4));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(host.TranslationRequests.Select(t => t.Address), Is.EqualTo([last, last + 0x1000]));
            Assert.That(host.Translated.Select(t => t.Address), Is.EqualTo([Pa, Pa + 0x1000]));
        }
    }

    [Test]
    public void A_range_smaller_than_the_STU_is_neither_used_nor_kept()
    {
        var host = Host().Enable();
        host.WriteConfiguration(0x104, AtsCapability.Enable | (2u << AtsCapability.StuShift)); // 16 KiB
        host.Map(Va, Pa & ~0x1FFFUL, 13);

        var refused = host.Do(0, Operation.Read(Va, 4)).Error;
        host.Unmap(Va, 13);
        host.Map(Va, Pa & ~0x3FFFUL, 14);
        var granted = host.Do(0, Operation.Read(Va, 4)).Error;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((refused, granted), Is.EqualTo((1, 0)));
            Assert.That(host.TranslationRequests.Count(), Is.EqualTo(2));
            Assert.That(host.Translated.Count(), Is.EqualTo(1));
        }
    }

    [Test]
    public void No_Write_is_asked_for_by_reads_only()
    {
        var host = Host().Enable();
        host.Map(Va, Pa);
        host.Map(Va + 0x1000, Pa);

        host.Do(0, Operation.Read(Va, 4) with { NoWrite = true });
        host.Do(0, Operation.Write(Va + 0x1000, 4) with { NoWrite = true });

        Assert.That(host.TranslationRequests.Select(t => t.View.NoWrite), Is.EqualTo([true, false]));
    }

    [Test]
    public void No_access_ends_the_operation_and_is_not_remembered()
    {
        var host = Host().Enable();
        var denied = host.Do(0, Operation.Read(Va, 4));
        host.Map(Va, Pa);
        host.WriteMemory(Pa, 77);

        var granted = host.Do(0, Operation.Read(Va, 4));

        using (Assert.EnterMultipleScope())
        {
            Assert.That((denied.Error, denied.IsDone, denied.Dws), Is.EqualTo((1, true, 0)));
            Assert.That((granted.Error, granted.DataLow), Is.EqualTo((0, 77u)));
            Assert.That(host.TranslationRequests.Count(), Is.EqualTo(2));
        }
    }

    [Test]
    public void A_hit_without_the_needed_permission_asks_again()
    {
        var host = Host().Enable();
        host.Map(Va, Pa, flags: TranslationFlags.R);
        host.Do(0, Operation.Read(Va, 4));
        var denied = host.Do(0, Operation.Write(Va, 4));
        host.Map(Va, Pa);

        var granted = host.Do(0, Operation.Write(Va, 4));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(denied.Error, Is.EqualTo(1));
            Assert.That(granted.Error, Is.Zero);
            Assert.That(host.TranslationRequests.Count(), Is.EqualTo(3));
            Assert.That(host.Translated.Count(t => t.Kind == TlpKind.MemoryWrite), Is.EqualTo(1));
        }
    }

    [TestCase(CompletionStatus.UnsupportedRequest, 2)]
    [TestCase(CompletionStatus.CompleterAbort, 3)]
    [TestCase(CompletionStatus.RequestRetryStatus, 3)]
    [TestCase(CompletionStatus.SuccessfulCompletion, 3)]
    public void A_refused_translation_ends_the_operation_and_leaves_nothing(CompletionStatus status, int error)
    {
        var host = Host().Enable();
        host.Map(Va, Pa);
        host.TranslationStatus = status;
        var refused = host.Do(0, Operation.Read(Va, 4));
        host.TranslationStatus = null;

        var granted = host.Do(0, Operation.Read(Va, 4));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused.Error, Is.EqualTo(error));
            Assert.That(granted.Error, Is.Zero);
            Assert.That(host.Translated.Count(), Is.EqualTo(1));
        }
    }

    [Test]
    public void A_refused_read_ends_the_operation_with_error_6()
    {
        var host = Host().Enable();
        host.Map(Va, Pa);
        host.ReadStatus = CompletionStatus.UnsupportedRequest;

        var result = host.Do(0, Operation.Read(Va, 2048));

        Assert.That((result.Error, result.IsDone), Is.EqualTo((6, true)));
    }

    [TestCase(0)]
    [TestCase(2)]
    [TestCase(4100)]
    public void A_bad_length_is_error_4(int lengthBytes)
    {
        var host = Host().Enable();

        var result = host.Do(0, Operation.Read(Va, lengthBytes));

        Assert.That((result.Error, result.IsDone, host.Log), Is.EqualTo((4, true, host.Log)));
        Assert.That(host.TranslationRequests, Is.Empty);
    }

    [TestCase(0u, 4)]
    [TestCase(0x41u, 4)]
    [TestCase(3u, 8)]
    public void A_bad_operation_is_error_4(uint operation, int lengthBytes)
    {
        var host = Host().Enable();

        var result = host.Do(0, Operation.Read(Va, lengthBytes) with { RawOperation = operation });

        Assert.That(result.Error, Is.EqualTo(4));
    }

    [Test]
    public void What_is_not_enabled_is_error_5_and_sends_nothing()
    {
        var host = Host().Enable();
        host.Map(Va, Pa);
        host.WriteConfiguration(0x114, 0);
        var withoutPasid = host.Do(0, Operation.Read(Va, 4) with { Pasid = new Pasid(1) });
        host.WriteConfiguration(0x104, 0);
        var withoutAts = host.Do(0, Operation.Read(Va, 4));
        host.WriteConfiguration(ConfigurationRegister.CommandStatus, ConfigurationRegister.MemorySpaceEnable);
        var withoutMaster = host.Do(0, Operation.Read(Va, 4) with { IsUntranslated = true });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(new[] { withoutPasid.Error, withoutAts.Error, withoutMaster.Error }, Is.All.EqualTo(5));
            Assert.That(host.Log, Is.Empty);
        }
    }

    [Test]
    public void Sixty_four_translations_are_kept_and_the_next_one_takes_the_first_place()
    {
        var host = Host().Enable();
        for (var i = 0UL; i <= 64; i++)
        {
            host.Map(Va + 0x1000 * i, Pa + 0x1000 * i);
        }

        for (var i = 0UL; i < 64; i++)
        {
            host.Do(0, Operation.Read(Va + 0x1000 * i, 4));
        }

        for (var i = 0UL; i < 64; i++)
        {
            host.Do(0, Operation.Read(Va + 0x1000 * i, 4));
        }

        var afterTwoRounds = host.TranslationRequests.Count();
        host.Do(0, Operation.Read(Va + 0x1000 * 64, 4));
        host.Do(0, Operation.Read(Va + 0x1000, 4));
        var afterNext = host.TranslationRequests.Count();
        host.Do(0, Operation.Read(Va, 4));

        Assert.That(
            (afterTwoRounds, afterNext, host.TranslationRequests.Count()), Is.EqualTo((64, 65, 66)));
    }

    [Test]
    public void The_same_page_under_two_PASIDs_and_none_has_three_translations()
    {
        var host = Host().Enable();
        Pasid?[] pasids = [null, new Pasid(0), new Pasid(0x80000)];
        for (var i = 0; i < 3; i++)
        {
            host.Map(Va, 0x1_0000UL * (ulong)(i + 1), pasid: pasids[i]);
            host.WriteMemory(0x1_0000UL * (ulong)(i + 1), (uint)i);
        }

        foreach (var pasid in pasids)
        {
            host.Do(0, Operation.Read(Va, 4) with { Pasid = pasid });
        }

        var again = pasids.Select(pasid => host.Do(0, Operation.Read(Va, 4) with { Pasid = pasid }).DataLow);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(again.ToArray(), Is.EqualTo([0u, 1u, 2u]));
            Assert.That(host.TranslationRequests.Select(t => t.View.PrefixOrNull?.Pasid), Is.EqualTo(pasids));
        }
    }

    [Test]
    public void A_completion_with_a_tag_that_is_not_out_changes_nothing()
    {
        var host = Host().Enable();
        var payload = new byte[8];
        AtsPayload.Write(payload, Pa | 3);
        for (var tag = 0; tag < 40; tag++)
        {
            var header = new CompletionHeader(ExerciserHost.Agent, ExerciserHost.Function, (byte)tag, ByteCount: 8);
            host.Send(d => TlpWriter.WriteCompletionWithData(d, header, payload));
        }

        var result = host.Do(0, Operation.Read(Va, 4));

        Assert.That((result.Error, host.Translated.Any()), Is.EqualTo((1, false)));
    }

    [TestCase(true, 8)]
    [TestCase(false, 16)]
    [TestCase(false, 4)]
    public void A_damaged_answer_leaves_nothing(bool isPoisoned, int answerBytes)
    {
        var host = Host().Enable();
        host.HoldsTranslations = true;
        host.Start(0, Operation.Read(Va, 4));
        host.Run(200);
        var payload = new byte[answerBytes];
        payload[^1] = 3;
        var tag = host.Held.Single().View.Tag;
        var header = new CompletionHeader(ExerciserHost.Agent, ExerciserHost.Function, tag, ByteCount: answerBytes);
        var options = new TlpOptions { IsPoisoned = isPoisoned };
        host.Send(d => TlpWriter.WriteCompletionWithData(d, header, payload, options));

        var result = host.Finish(0);

        Assert.That((result.Error, host.Translated.Any()), Is.EqualTo((3, false)));
    }

    [Test]
    public void Reset_empties_everything()
    {
        var host = Host().Enable();
        host.Map(Va, Pa);
        host.Do(0, Operation.Read(Va, 4));
        host.WriteBar(0x00C, 7);

        host.Device.Reset(ResetKind.Hot);
        var command = host.ReadConfiguration(0x04);
        var ats = host.ReadConfiguration(0x104) >> 16;
        host.Enable();
        var gap = host.ReadBar(0x00C);
        host.Do(0, Operation.Read(Va, 4));

        using (Assert.EnterMultipleScope())
        {
            Assert.That((command, ats, gap), Is.EqualTo((0x0010_0000u, 0u, 0u)));
            Assert.That(host.TranslationRequests.Count(), Is.EqualTo(2));
        }
    }

    [Test]
    public void No_translation_survives_ATS_off_and_on()
    {
        var host = Host().Enable();
        host.Map(Va, Pa);
        host.Do(0, Operation.Read(Va, 4));

        host.WriteConfiguration(0x104, 0);
        host.WriteConfiguration(0x104, AtsCapability.Enable);
        host.Do(0, Operation.Read(Va, 4));

        Assert.That(host.TranslationRequests.Count(), Is.EqualTo(2));
    }

    [Test]
    public void A_translation_in_flight_while_ATS_is_switched_off_and_on_is_not_used()
    {
        var host = Host().Enable();
        host.Map(Va, Pa);
        host.HoldsTranslations = true;
        host.Start(0, Operation.Read(Va, 4));
        host.Run(200);
        host.WriteConfiguration(0x104, 0);
        host.WriteConfiguration(0x104, AtsCapability.Enable);

        host.AnswerTranslation(host.Held.Single(), 0);
        host.Map(Va, 0x6000);
        host.HoldsTranslations = false;
        host.Finish(0);

        Assert.That(host.Translated.Select(t => t.Address), Is.All.EqualTo(0x6000UL));
    }

    [Test]
    public void The_same_input_gives_the_same_bytes_in_the_same_cycles()
    {
        static List<string> Play(ExerciserHost host)
        {
            host.Enable();
            host.WriteBar(0x010, ExerciserHost.NotifyAddress);
            for (var i = 0; i < 8; i++)
            {
                host.Map(Va + 0x1000 * (ulong)i, Pa + 0x3000 * (ulong)i);
                host.Start(i, (i & 1) == 0 ? Operation.Read(Va + 0x1000 * (ulong)i, 2048)
                    : Operation.Write(Va + 0x1000 * (ulong)i + 0x800, 2048));
                host.Invalidate(AtsRange.Page(Va + 0x1000 * (ulong)(i / 2)), i, notBefore: host.Device.Cycles + 40);
            }

            host.Run(5000);
            return [.. host.Log.Select(t => $"{t.Cycle} {TlpText.Hex(t.Bytes)}")];
        }

        var first = Play(Host());
        var second = Play(Host());

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first, Has.Count.GreaterThan(60));
            Assert.That(second, Is.EqualTo(first));
        }
    }
}
