import { testReadme } from '@diffprune/testing';

testReadme(import.meta.url);
